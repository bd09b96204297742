/**
 * Every type of SQL Server through the real client: what the server sends, and what
 * tedious makes of it, both written by hand.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { assert, assertEquals } from "../support/assert.ts";
import type { AnswerPart, Column } from "../support/tds/answer.ts";
import { Client } from "../support/tds/client.ts";
import { CYRILLIC, UTF8 } from "../support/tds/collation.ts";
import type { SqlValue } from "../support/tds/column_type.ts";
import { TdsServer } from "../support/tds/server.ts";

/** A type, what is sent, what arrives; what differs from a plain column. */
type Case = [
  type: string,
  sent: SqlValue,
  arrives: unknown,
  more?: Partial<Column>,
];

const GUID = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
const LONG = "grüße".repeat(3000);

const CASES: Case[] = [
  ["bit", true, true],
  ["bit", false, false, { isNullable: false }],
  ["tinyint", 255, 255],
  ["tinyint", 0, 0, { isNullable: false }],
  ["smallint", -32768, -32768],
  ["smallint", 32767, 32767, { isNullable: false }],
  ["int", -2147483648, -2147483648],
  ["int", 2147483647, 2147483647, { isNullable: false }],
  ["bigint", 9223372036854775807n, "9223372036854775807"],
  ["bigint", -9223372036854775808n, "-9223372036854775808", {
    isNullable: false,
  }],
  ["decimal(9,2)", "-1234567.89", -1234567.89],
  ["decimal(19,4)", "12345.6789", 12345.6789],
  ["decimal(28,0)", "4294967296", 4294967296],
  ["decimal(38,10)", "1.5", 1.5],
  ["numeric(5,0)", "99999", 99999],
  ["money", "-922337203685.4775", -922337203685.4775],
  ["money", "0.0001", 0.0001, { isNullable: false }],
  ["smallmoney", "-214748.3648", -214748.3648],
  ["smallmoney", "214748.3647", 214748.3647, { isNullable: false }],
  ["real", 1.5, 1.5],
  ["real", -0.25, -0.25, { isNullable: false }],
  ["float", 0.1, 0.1],
  ["float", -1.7976931348623157e308, -1.7976931348623157e308, {
    isNullable: false,
  }],
  ["date", "0001-01-01", at("0001-01-01T00:00:00Z")],
  ["date", "9999-12-31", at("9999-12-31T00:00:00Z")],
  ["time(7)", "23:59:59.9999999", at("1970-01-01T23:59:59.999Z", 0.0009999)],
  ["time(3)", "12:34:56.789", at("1970-01-01T12:34:56.789Z", 0)],
  ["time(0)", "00:00:01", at("1970-01-01T00:00:01Z", 0)],
  ["datetime", "1753-01-01 00:00:00.003", at("1753-01-01T00:00:00.003Z")],
  ["datetime", "9999-12-31 23:59:59.997", at("9999-12-31T23:59:59.997Z"), {
    isNullable: false,
  }],
  ["smalldatetime", "2079-06-06 23:59:00", at("2079-06-06T23:59:00Z")],
  ["smalldatetime", "1900-01-01 00:00:00", at("1900-01-01T00:00:00Z"), {
    isNullable: false,
  }],
  [
    "datetime2(7)",
    "2024-02-29 12:34:56.1234567",
    at("2024-02-29T12:34:56.123Z", 0.0004567),
  ],
  ["datetime2(2)", "2024-02-29 12:34:56.12", at("2024-02-29T12:34:56.12Z", 0)],
  [
    "datetime2(4)",
    "0001-01-01 00:00:00.0001",
    at("0001-01-01T00:00:00Z", 1e-4),
  ],
  [
    "datetimeoffset(7)",
    "2024-03-01 01:30:00.0000001 +05:30",
    at("2024-02-29T20:00:00Z", 1e-7),
  ],
  [
    "datetimeoffset(0)",
    "2023-12-31 20:00:00 -08:00",
    at("2024-01-01T04:00:00Z", 0),
  ],
  ["char(5)", "ab", "ab   "],
  ["varchar(20)", "Grüße €", "Grüße €"],
  ["varchar(20)", "", ""],
  ["varchar(20)", "Привет", "Привет", { collation: CYRILLIC }],
  ["varchar(40)", "日本 Привет €", "日本 Привет €", { collation: UTF8 }],
  ["varchar(20)", "日本", "??"],
  ["nchar(4)", "ü", "ü   "],
  ["nvarchar(20)", "日本🙂", "日本🙂"],
  ["nvarchar(20)", "", ""],
  ["varchar(max)", LONG, LONG],
  ["nvarchar(max)", LONG, LONG],
  ["nvarchar(max)", "", ""],
  ["varbinary(max)", new Uint8Array(70_000).fill(7), Buffer.alloc(70_000, 7)],
  ["varbinary(max)", new Uint8Array(0), Buffer.alloc(0)],
  ["binary(4)", new Uint8Array([1, 2]), Buffer.from([1, 2, 0, 0])],
  ["varbinary(10)", new Uint8Array([0, 255]), Buffer.from([0, 255])],
  ["rowversion", new Uint8Array(8).fill(9), Buffer.alloc(8, 9)],
  ["uniqueidentifier", GUID, GUID],
  ["xml", "<a>ü</a>", "<a>ü</a>"],
  ["xml", `<a>${LONG}</a>`, `<a>${LONG}</a>`],
  ["xml", "", ""],
  ["text", "Grüße", "Grüße"],
  ["ntext", "日本", "日本"],
  ["image", new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3])],
  ["geography", new Uint8Array([230, 16]), Buffer.from([230, 16])],
  ["geometry", new Uint8Array([1]), Buffer.from([1])],
  ["hierarchyid", new Uint8Array([0x58]), Buffer.from([0x58])],
  ["sysname", "dbo", "dbo"],
];

const VARIANTS: [type: string, sent: SqlValue, arrives: unknown][] = [
  ["int", -5, -5],
  ["bigint", 5n, "5"],
  ["bit", true, true],
  ["float", 0.5, 0.5],
  ["money", "12.3456", 12.3456],
  ["decimal(9,2)", "12.50", 12.5],
  ["date", "2024-02-29", at("2024-02-29T00:00:00Z")],
  ["time(3)", "01:02:03.004", at("1970-01-01T01:02:03.004Z", 0)],
  ["datetime", "2024-02-29 00:00:00.000", at("2024-02-29T00:00:00Z")],
  [
    "datetime2(3)",
    "2024-02-29 01:02:03.004",
    at("2024-02-29T01:02:03.004Z", 0),
  ],
  [
    "datetimeoffset(0)",
    "2024-02-29 01:00:00 +01:00",
    at("2024-02-29T00:00:00Z", 0),
  ],
  ["uniqueidentifier", GUID, GUID],
  // The client takes the length for the collation (it stands behind it, MS-TDS
  // 2.2.5.5.4) and then reads UTF-8: letters beyond ASCII are lost.
  ["varchar(10)", "ü", "\ufffd"],
  ["varchar(10)", "u", "u"],
  ["nvarchar(10)", "日本", "日本"],
  ["varbinary(10)", new Uint8Array([1]), Buffer.from([1])],
];

/** A Date as tedious makes it; seconds beyond milliseconds stand beside it. */
function at(iso: string, nanosecondsDelta?: number): Date {
  const date = new Date(iso);
  if (nanosecondsDelta === undefined) return date;
  return Object.defineProperty(date, "nanosecondsDelta", {
    enumerable: false,
    value: nanosecondsDelta,
  });
}

/** deepEqual doesn't look at what isn't enumerable. */
function delta(value: unknown): number | undefined {
  return (value as { nanosecondsDelta?: number })?.nanosecondsDelta;
}

/** The only row's values when these parts are the answer. */
async function receive(parts: readonly AnswerPart[]): Promise<unknown[][]> {
  const faults: unknown[] = [];
  await using server = new TdsServer({
    users: { sa: "secret" },
    handler: () => parts,
    onFault: (error) => faults.push(error),
  });
  await using client = await Client.connect(server.port);
  const [set] = await client.query("select everything")
    .catch((error) => Promise.reject(faults[0] ?? error));
  return set.rows;
}

Deno.test("each type arrives as the client reads it", async (t) => {
  const columns = CASES.map(([type, , , more], index) => ({
    name: `c${index}`,
    type,
    ...more,
  }));
  const sent = CASES.map(([, value]) => value);
  const [row] = await receive([{ columns, rows: [sent] }]);
  for (const [index, [type, value, expected]] of CASES.entries()) {
    const shown = String(value).slice(0, 40);
    await t.step(`${type} ${shown} (${index})`, () => {
      assert.deepEqual(row[index], expected);
      assertEquals(delta(row[index]), delta(expected));
    });
  }
});

Deno.test("null arrives as null in a column of each type", async () => {
  const nullable = CASES.filter(([, , , more]) => more?.isNullable !== false);
  const columns = nullable.map(([type, , , more], index) => ({
    name: `c${index}`,
    type,
    ...more,
  }));
  // With a bitmap of nulls, and without one for the few that are null.
  for (const [index, column] of columns.entries()) {
    const among = [column, ...Array(15).fill({ name: "n", type: "int" })];
    const values = [null, ...Array(15).fill(1)];
    const [row] = await receive([{ columns: among, rows: [values] }]);
    assertEquals(row[0], null, `${column.type} (${index}) among others`);
  }
  const all = await receive([
    { columns, rows: [columns.map(() => null)] },
  ]);
  assert.ok(all[0].every((value) => value === null), "all of them");
});

Deno.test("a sql_variant brings its own type", async (t) => {
  const columns = VARIANTS.map((_, index) => ({
    name: `c${index}`,
    type: "sql_variant",
  }));
  const sent = VARIANTS.map(([type, value]) => ({ type, value: value! }));
  const [row] = await receive([{ columns, rows: [sent as never] }]);
  for (const [index, [type, , expected]] of VARIANTS.entries()) {
    await t.step(type, () => {
      assert.deepEqual(row[index], expected);
      assertEquals(delta(row[index]), delta(expected));
    });
  }
});
