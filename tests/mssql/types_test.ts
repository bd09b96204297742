/**
 * Every type of SQL Server, from a row to JSON: a table, and a test for each line.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";
import { assertEquals } from "../support/assert.ts";
import type { SqlValue } from "../support/tds/column_type.ts";
import { config } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { isRealServer, requirement } from "./support/test_database.ts";

const bytes = (hex: string) => Uint8Array.fromHex(hex);
const POINT = "0101000000000000000000f03f0000000000000040";

/** Type, stored value, what is in `data`. */
const CASES: readonly (readonly [string, SqlValue, Json])[] = [
  ["bit", true, true],
  ["bit", false, false],
  ["tinyint", 255, 255],
  ["smallint", -32768, -32768],
  ["int", -2147483648, -2147483648],
  ["bigint", 9007199254740991n, 9007199254740991],
  ["bigint", 9007199254740993n, "9007199254740993"],
  ["bigint", -9223372036854775808n, "-9223372036854775808"],
  [
    "decimal(38,10)",
    "1234567890123456789012345678.0123456789",
    "1234567890123456789012345678.0123456789",
  ],
  ["decimal(5,2)", "-0.50", "-0.50"],
  ["numeric(18,0)", "123456789012345678", "123456789012345678"],
  ["money", "922337203685477.5807", "922337203685477.5807"],
  ["money", "-0.0001", "-0.0001"],
  ["smallmoney", "214748.3647", "214748.3647"],
  ["float", 0.1, 0.1],
  ["float", 1.7976931348623157e308, 1.7976931348623157e308],
  ["float", -2.2250738585072014e-308, -2.2250738585072014e-308],
  ["real", 0.10000000149011612, 0.1],
  ["real", 3.4028234663852886e38, 3.4028235e38],
  ["date", "0001-01-01", "0001-01-01"],
  ["date", "9999-12-31", "9999-12-31"],
  ["time(7)", "23:59:59.9999999", "23:59:59.9999999"],
  ["time(0)", "01:02:03", "01:02:03"],
  ["datetime", "2024-02-29 12:34:56.997", "2024-02-29T12:34:56.997"],
  ["smalldatetime", "2024-02-29 12:35:00", "2024-02-29T12:35:00"],
  [
    "datetime2(7)",
    "2024-02-29 12:34:56.1234567",
    "2024-02-29T12:34:56.1234567",
  ],
  ["datetime2(0)", "0001-01-01 00:00:00", "0001-01-01T00:00:00"],
  [
    "datetimeoffset(7)",
    "2024-02-29 12:34:56.1234567 +14:00",
    "2024-02-29T12:34:56.1234567+14:00",
  ],
  [
    "datetimeoffset(0)",
    "2024-02-29 12:34:56 +00:00",
    "2024-02-29T12:34:56+00:00",
  ],
  [
    "datetimeoffset(3)",
    "2024-02-29 12:34:56.123 -05:30",
    "2024-02-29T12:34:56.123-05:30",
  ],
  [
    "uniqueidentifier",
    "0E984725-C51C-4BF4-9960-E1C80E27ABA0",
    "0E984725-C51C-4BF4-9960-E1C80E27ABA0",
  ],
  ["char(5)", "ab", "ab   "],
  ["varchar(50)", 'Grüße, "quoted" \\ \t', 'Grüße, "quoted" \\ \t'],
  ["varchar(max)", "x".repeat(100_000), "x".repeat(100_000)],
  ["text", "old", "old"],
  ["nchar(3)", "ä", "ä  "],
  ["nvarchar(50)", "日本語 😀 \u0001", "日本語 😀 \u0001"],
  ["nvarchar(max)", "é".repeat(200_000), "é".repeat(200_000)],
  ["ntext", "alt", "alt"],
  ["xml", '<a b="1">é</a>', '<a b="1">é</a>'],
  ["binary(4)", bytes("00ff10ab"), "AP8Qqw=="],
  ["varbinary(10)", bytes(""), ""],
  [
    "varbinary(max)",
    bytes("ab".repeat(9000)),
    bytes("ab".repeat(9000)).toBase64(),
  ],
  ["image", bytes("cafe"), "yv4="],
  ["sql_variant", { type: "decimal(10,4)", value: "1.5000" }, {
    type: "decimal",
    value: "1.5000",
  }],
  ["sql_variant", { type: "int", value: 7 }, { type: "int", value: 7 }],
  ["sql_variant", { type: "nvarchar(20)", value: "a:b" }, {
    type: "nvarchar",
    value: "a:b",
  }],
  ["hierarchyid", "/1/2/", "/1/2/"],
  ["geography", bytes(`000010e6${POINT}`), {
    srid: 4326,
    wkb: bytes(POINT).toBase64(),
  }],
  ["geometry", bytes(`00000000${POINT}`), {
    srid: 0,
    wkb: bytes(POINT).toBase64(),
  }],
];

requirement(
  "every type keeps every digit, and large values are whole",
  async (database, t) => {
    // The model keeps spatial values in the form in which they are selected.
    const cases = CASES.filter(([type]) => !isRealServer || !/^geo/.test(type));
    for (const [i, [type, value, expected]] of cases.entries()) {
      await t.step(
        `${type}: ${JSON.stringify(expected).slice(0, 50)}`,
        async () => {
          const table = `t${i}`;
          await database.createTable(table, [
            { name: "id", type: "int", isNullable: false },
            { name: "value", type },
          ], ["id"]);
          await database.enableTable(table);
          await database.apply({ insert: table, row: { id: 1, value } });
          await database.apply({ insert: table, row: { id: 2, value: null } });
          await using reading = await Reading.start(config(database, {
            tables: [table],
          }));
          const envelopes = await reading.take(2);
          assertEquals(envelopes.map(({ data }) => data), [
            { id: 1, value: expected },
            { id: 2, value: null },
          ]);
        },
      );
    }
  },
);

requirement(
  "decimals = number writes numbers where fifteen digits are enough",
  async (database) => {
    await database.createTable("prices", [
      { name: "id", type: "int", isNullable: false },
      { name: "price", type: "decimal(38,4)" },
      { name: "cost", type: "money" },
    ], ["id"]);
    await database.enableTable("prices");
    await database.apply(
      { insert: "prices", row: { id: 1, price: "12.5000", cost: "0.1000" } },
      {
        insert: "prices",
        row: { id: 2, price: "12345678901234.5678", cost: null },
      },
    );
    await using reading = await Reading.start(config(database, {
      tables: ["prices"],
      decimals: "number",
    }));
    const envelopes = await reading.take(2);
    assertEquals(envelopes.map(({ data }) => data), [
      { id: 1, price: 12.5, cost: 0.1 },
      { id: 2, price: "12345678901234.5678", cost: null },
    ]);
  },
);

requirement(
  "what CDC doesn't have is left out, never sent as NULL",
  async (database) => {
    await database.createTable("pages", [
      { name: "id", type: "int", isNullable: false },
      { name: "title", type: "nvarchar(50)" },
      { name: "body", type: "nvarchar(max)" },
      { name: "old", type: "ntext" },
      { name: "size", type: "int", isComputed: true },
    ], ["id"]);
    await database.enableTable("pages");
    const row = { id: 1, title: "a", body: "long", old: "older" };
    await database.apply({ insert: "pages", row });
    await database.apply({
      update: "pages",
      key: { id: 1 },
      set: { title: "b" },
    });
    await database.apply({
      update: "pages",
      key: { id: 1 },
      set: { body: "new" },
    });
    await database.apply({ delete: "pages", key: { id: 1 } });
    await using reading = await Reading.start(config(database, {
      tables: ["pages"],
      before_image: true,
    }));
    const [insert, first, second, last] = await reading.take(4);
    assertEquals(insert.data, row);
    assertEquals(first.metadata.Before, { id: 1, title: "a" });
    assertEquals(first.data, { ...row, title: "b" });
    assertEquals(second.metadata.Before, { id: 1, title: "b", body: "long" });
    assertEquals(last.data, { id: 1, title: "b", body: "new" });
  },
  { only: "model" },
);
