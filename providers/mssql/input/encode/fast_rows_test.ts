/**
 * The faster way and the driver's write the same lines, byte for byte.
 *
 * @module
 */

import { assertEquals } from "../../../../tests/support/assert.ts";
import { Model } from "../../../../tests/support/mssql_model/model.ts";
import type { SqlValue } from "../../../../tests/support/tds/column_type.ts";
import { loadCatalog } from "../tables/catalog.ts";
import { readChange } from "@dstream/sdk/changes";
import { constantMetadata, EnvelopeWriter } from "./change_writer.ts";
import { dstreamForm, type LineForm, upstreamForm } from "./line_form.ts";
import { Connections } from "../connection/connections.ts";
import { config as fields, normalise } from "../config.ts";
import { parseConfig } from "@dstream/sdk";
import { readChanges } from "../reading/read_changes.ts";
import { RowEncoder } from "./row_encoder.ts";
import type { ChangesReading } from "../tables/table_profile.ts";

/** Types with values that are easy to write wrongly. */
const VALUES: readonly (readonly [string, readonly SqlValue[]])[] = [
  ["bit", [true, false, null]],
  ["tinyint", [0, 255, null]],
  ["smallint", [-32768, 32767, null]],
  ["int", [-2147483648, 0, null]],
  ["bigint", [9007199254740993n, -5n, null]],
  ["decimal(20,4)", ["-0.0001", "1234567890123456.7890", null]],
  ["money", ["-922337203685477.5808", "0.0000", null]],
  ["float", [-0, 1e21, null]],
  ["real", [0.10000000149011612, 0, null]],
  ["datetime2(7)", ["2024-02-29 12:34:56.1234567", null]],
  ["datetime", ["2024-02-29 12:34:56.997", null]],
  ["datetimeoffset(7)", ["2024-02-29 12:34:56.1234567 -05:30", null]],
  ["date", ["2024-02-29", null]],
  ["time(3)", ["12:34:56.123", null]],
  ["uniqueidentifier", ["0E984725-C51C-4BF4-9960-E1C80E27ABA0", null]],
  ["varchar(50)", ["", 'a "b" \\ \n', "Grüße", null]],
  ["nvarchar(50)", ["日本😀\ud83d\u0001", "plain", null]],
  ["nvarchar(max)", ["", "ö".repeat(300), "x".repeat(300_000), null]],
  ["varchar(max)", ["y".repeat(10_000), null]],
  ["varbinary(20)", [new Uint8Array([0, 255]), new Uint8Array(0), null]],
  ["varbinary(max)", [new Uint8Array(9000).fill(7), null]],
  ["xml", ["<a/>", null]],
  ["sql_variant", [{ type: "int", value: 5 }, null]],
];

Deno.test("a row is written the same in both ways, for every type", async (t) => {
  await using model = new Model();
  const shop = model.database("shop");
  shop.enableCdc();
  const { values } = parseConfig(fields, {
    db_connection_string: `${model.connectionString};Encrypt=false`,
    tables: ["*"],
  });
  const config = normalise(values!);
  await using connections = new Connections(config);
  const { signal } = new AbortController();
  for (const [i, [type, stored]] of VALUES.entries()) {
    await t.step(type, async () => {
      const name = `t${i}`;
      shop.createTable(name, [
        { name: "id", type: "int", isNullable: false },
        { name: 'a "value"', type },
        { name: "last", type: "int" },
      ], ["id"]);
      const { changeTable } = shop.enableTable(name);
      for (const [id, value] of stored.entries()) {
        const row = { id, 'a "value"': value, last: id % 2 === 0 ? null : id };
        shop.transaction((each) => each.insert(name, row));
      }
      const last = { key: { id: 0 }, set: { last: 9 } };
      shop.transaction((each) => {
        each.update(name, last.key, last.set);
        each.delete(name, last.key);
      });
      const catalog = await connections.asking.use(
        signal,
        (session) => loadCatalog(session, signal),
      );
      const instance = catalog.tables
        .find(({ tableName }) => tableName === name)!.instances[0];
      const read = async (form: LineForm, isFast: boolean) => {
        const reading = readingOf(instance.columns, form, changeTable, isFast);
        const range = {
          from: { kind: "after", lsn: new Uint8Array(10) } as const,
          untilLsn: new Uint8Array(10).fill(255),
          maxRows: 100,
        };
        return await readChanges(connections.reading, reading, range, signal);
      };
      for (const [formName, form] of formsOf(name)) {
        const fast = await read(form, true);
        const slow = await read(form, false);
        const text = (lines: Uint8Array) => new TextDecoder().decode(lines);
        assertEquals(text(fast.lines), text(slow.lines));
        assertEquals(fast.lineCount, stored.length + 2);
        assertEquals(
          { ...fast.last, ...bytesOf(fast.last) },
          { ...slow.last, ...bytesOf(slow.last) },
        );
        const changes = text(fast.lines).split("\n").slice(0, -1)
          .map((line) => readChange(JSON.parse(line)));
        assertEquals(
          changes.map(({ form, table, operation }) => [form, table, operation]),
          [
            ...stored.map(() => "insert"),
            "update",
            "delete",
          ].map((operation) => [formName, name, operation]) as never,
        );
      }
    });
  }
  model.expectNoFaults();
});

function bytesOf(position: unknown) {
  const { lsn, seqval } = position as { lsn: Uint8Array; seqval: Uint8Array };
  return { lsn: [...lsn], seqval: [...seqval] };
}

function formsOf(table: string): [string, LineForm][] {
  const more = { shop: 'a "b"' };
  return [
    ["upstream", upstreamForm(constantMetadata(table, more))],
    ["dstream", dstreamForm({ table, key: ["id"], more })],
  ];
}

/** The slow way has a writer that the faster one doesn't know. */
function readingOf(
  columns: ConstructorParameters<typeof RowEncoder>[0],
  form: LineForm,
  changeTable: string,
  isFast: boolean,
): ChangesReading {
  const options = { values: "typed", decimals: "string" } as const;
  const newWriter = () => {
    const writer = new EnvelopeWriter(form, 1024);
    return isFast ? writer : {
      get size() {
        return writer.size;
      },
      add: (change: Parameters<EnvelopeWriter["add"]>[0]) => writer.add(change),
      take: () => writer.take(),
    };
  };
  return {
    shape: {
      captureInstance: changeTable.replace(/_CT$/, ""),
      changeTable,
      columns,
      withBeforeImage: false,
      withUpdateMask: false,
      withCommitTime: false,
    },
    rows: new RowEncoder(columns, options),
    schema: undefined,
    newWriter,
    took: () => {},
    maxBytes: 64 * 1024 * 1024,
  };
}
