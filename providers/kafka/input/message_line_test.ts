import { Buffer } from "node:buffer";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { kafkaInputConfig } from "../../../tests/support/kafka/input_under_test.ts";
import { Log } from "../../../tests/support/servicebus_output.ts";
import { LineMaker } from "./message_line.ts";
import { TableSchemas } from "./table_schemas.ts";

const TABLE = "dbserver1.inventory.orders";

const ROW = {
  type: "struct",
  optional: true,
  name: `${TABLE}.Value`,
  fields: [
    { type: "int64", optional: false, field: "id" },
    {
      type: "int32",
      optional: true,
      name: "io.debezium.time.Date",
      version: 1,
      field: "day",
    },
    {
      type: "bytes",
      optional: true,
      name: "org.apache.kafka.connect.data.Decimal",
      version: 1,
      parameters: { scale: "2", "connect.decimal.precision": "10" },
      field: "price",
    },
    {
      type: "int64",
      optional: true,
      name: "io.debezium.time.MicroTimestamp",
      version: 1,
      field: "at",
    },
    { type: "bytes", optional: true, field: "raw" },
  ],
};

/** As Debezium writes an update with JsonConverter and schemas.enable. */
const VALUE = {
  schema: {
    type: "struct",
    optional: false,
    name: `${TABLE}.Envelope`,
    fields: [
      { ...ROW, field: "before" },
      { ...ROW, field: "after" },
      { type: "struct", field: "source", fields: [] },
      { type: "string", optional: false, field: "op" },
      { type: "int64", optional: true, field: "ts_ms" },
    ],
  },
  payload: {
    before: null,
    after: {
      id: 7,
      day: 17_000,
      price: "AfFh",
      at: 1_767_323_045_678_901,
      raw: "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==",
    },
    source: {
      connector: "postgresql",
      name: "dbserver1",
      schema: "inventory",
      table: "orders",
      ts_ms: 1_767_323_045_000,
      lsn: 24_023_128,
    },
    op: "u",
    ts_ms: 1_767_323_045_700,
  },
};

const KEY = {
  schema: {
    type: "struct",
    optional: false,
    name: `${TABLE}.Key`,
    fields: [{
      type: "int32",
      optional: false,
      name: "io.debezium.time.Date",
      field: "day",
    }],
  },
  payload: { day: 17_000 },
};

function lineOf(value: unknown, tables?: TableSchemas) {
  return lineOfNext(makerOf(tables), value);
}

function makerOf(tables?: TableSchemas): LineMaker {
  return new LineMaker(
    { topic: TABLE, partition: 0 },
    kafkaInputConfig({
      bootstrap_servers: "broker:9092",
      topics: [TABLE],
      group: "g",
    }),
    undefined,
    tables,
  );
}

function lineOfBytes(value: Buffer, config: object) {
  const maker = new LineMaker(
    { topic: TABLE, partition: 0 },
    kafkaInputConfig({
      bootstrap_servers: "broker:9092",
      topics: [TABLE],
      group: "g",
      ...config,
    }),
  );
  const made = maker.make({
    offset: 1,
    timestampMs: 0,
    headers: [],
    key: null,
    value,
  } as never);
  return { ...made, ...JSON.parse(made!.line) };
}

function lineOfNext(maker: LineMaker, value: unknown) {
  const made = maker.make({
    offset: 1,
    timestampMs: 0,
    headers: [],
    key: Buffer.from(JSON.stringify(KEY)),
    value: Buffer.from(JSON.stringify(value)),
  } as never);
  return { ...made, ...JSON.parse(made!.line) };
}

Deno.test("a change of Debezium's with its schema has the values that it means", () => {
  const { data, metadata, problem } = lineOf(VALUE);
  assertEquals(problem, undefined);
  assertEquals(data, {
    id: 7,
    day: "2016-07-18",
    price: "1273.29",
    at: "2026-01-02T03:04:05.678901",
  });
  assertEquals([metadata.table, metadata.operation, metadata.key], [
    "inventory.orders",
    "update",
    ["day"],
  ]);
  assertEquals(metadata.unchanged, ["raw"]);
});

Deno.test("its schema is the table's, with the key of the message, told once", () => {
  const tables = new TableSchemas(new Log());
  const maker = makerOf(tables);
  lineOfNext(maker, VALUE);
  assertEquals(tables.take(), [{
    table: "inventory.orders",
    key: ["day"],
    fields: [
      { name: "id", type: "int64" },
      { name: "day", type: "date", nullable: true },
      {
        name: "price",
        type: "decimal",
        precision: 10,
        scale: 2,
        nullable: true,
      },
      { name: "at", type: "timestamp", precision: 6, nullable: true },
      { name: "raw", type: "bytes", nullable: true },
    ],
  }]);
  lineOfNext(maker, VALUE);
  assertEquals(tables.take(), []);
  const more = { type: "string", optional: true, field: "more" };
  const row = { ...ROW, fields: [...ROW.fields, more], field: "after" };
  const [, , ...rest] = VALUE.schema.fields;
  const schema = { ...VALUE.schema, fields: [row, ...rest] };
  for (const each of [schema, VALUE.schema, schema]) {
    lineOfNext(maker, { ...VALUE, schema: each });
  }
  assertEquals(
    tables.take().map(({ fields }) => fields.at(-1)),
    [{ name: "more", type: "string", nullable: true }],
  );
});

const FRAMED = Buffer.from([0, 0, 0, 0, 7, 0x61]);

const WITHOUT_REGISTRY: readonly (readonly [format: string, string])[] = [
  ["json", "problem"],
  ["text", "problem"],
  ["debezium", "problem"],
  ["bytes", FRAMED.toString("base64")],
];

Deno.test("a registry's format without a registry is never taken for a text", async (t) => {
  for (const [format, expected] of WITHOUT_REGISTRY) {
    await t.step(format, () => {
      const { data, metadata } = lineOfBytes(FRAMED, { format });
      assertEquals(metadata.problem === undefined ? data : "problem", expected);
    });
  }
});

const MIB = 1024 * 1024;

const LARGE: readonly (readonly [
  what: string,
  config: object,
  value: Buffer,
  expected: RegExp,
])[] = [
  [
    "a value",
    { max_message_bytes: "1MiB" },
    Buffer.from(JSON.stringify("x".repeat(MIB))),
    /it has 1048578 bytes, max_message_bytes is 1048576/,
  ],
  [
    "a value whose envelope is longer",
    { max_message_bytes: "4MiB", format: "bytes" },
    Buffer.alloc(4 * MIB),
    /its envelope has more than 5242880 bytes/,
  ],
];

Deno.test("what is too large for a line is put aside in one that fits", async (t) => {
  for (const [what, config, value, expected] of LARGE) {
    await t.step(what, () => {
      const { line, problem } = lineOfBytes(value, config);
      assert.match(problem, expected);
      assert.ok(line.length < value.length);
    });
  }
});

Deno.test("one whose value can't be of its type is invalid, with that reason", () => {
  const after = { ...VALUE.payload.after, day: "soon" };
  const { problem } = lineOf({
    ...VALUE,
    payload: { ...VALUE.payload, after },
  });
  assert.match(String(problem), /a value is no io\.debezium\.time\.Date/);
});
