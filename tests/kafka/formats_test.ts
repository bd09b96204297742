/**
 * Every type in every format with a schema, held against Confluent's own
 * serializers and a real registry.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { SchemaValues } from "../../providers/kafka/output/schema_values.ts";
import { Decoder } from "../../providers/kafka/registry/decoder.ts";
import type { RowFormatName } from "../../providers/kafka/registry/format_names.ts";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { KafkaOutputUnderTest } from "../support/kafka/output_under_test.ts";
import { RegistryServer } from "../support/kafka/registry_server.ts";
import { makeTopic, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { type Apicurio, startApicurio } from "../support/servers/apicurio.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { batchOfText } from "../support/servicebus_output.ts";
import { runTool } from "../support/tools.ts";
import { assertTypedTables } from "./typed_tables.ts";

const SCRIPT = fileURLToPath(
  new URL("../support/kafka/registry_formats.py", import.meta.url),
);

const SCHEMA: TableSchema = {
  table: "sales.orders",
  key: ["id"],
  fields: [
    { name: "id", type: "int64" },
    { name: "i8", type: "int8" },
    { name: "i16", type: "int16" },
    { name: "i32", type: "int32" },
    { name: "u8", type: "uint8" },
    { name: "u16", type: "uint16" },
    { name: "u32", type: "uint32" },
    { name: "u64", type: "uint64" },
    { name: "single", type: "float32" },
    { name: "ratio", type: "float64" },
    { name: "price", type: "decimal", precision: 30, scale: 4 },
    { name: "any_price", type: "decimal" },
    { name: "ok", type: "boolean" },
    { name: "name", type: "string" },
    { name: "raw", type: "bytes" },
    { name: "day", type: "date" },
    { name: "hour", type: "time" },
    { name: "local", type: "timestamp", precision: 6 },
    { name: "at", type: "timestamptz", precision: 6 },
    { name: "took", type: "interval" },
    { name: "uid", type: "uuid" },
    { name: "doc", type: "json" },
    { name: "tags", type: "list", element: { type: "string" } },
    { name: "numbers", type: "list", element: { type: "int64" } },
    {
      name: "place",
      type: "struct",
      fields: [{ name: "x", type: "float64" }, { name: "at", type: "string" }],
    },
    { name: "what", type: "any" },
    { name: "odd name", type: "string" },
  ],
};

const ROW = {
  id: "9007199254740993",
  i8: -128,
  i16: -32768,
  i32: -2147483648,
  u8: 255,
  u16: 65535,
  u32: 4294967295,
  u64: "18446744073709551615",
  single: 0.1,
  ratio: 0.1,
  price: "-12345678901234567890.12",
  any_price: "12345678901234567890.123456789",
  ok: true,
  name: "Zoë",
  raw: "AP8=",
  day: "1969-12-31",
  hour: "03:04:05.678901",
  local: "2026-01-02T03:04:05.678901",
  at: "2026-01-02T03:04:05.678901+01:00",
  took: "1 day",
  uid: "00000000-0000-0000-0000-000000000007",
  doc: { a: [1, null] },
  tags: ["a", ""],
  numbers: [1, "-9223372036854775808"],
  place: { x: 1.5, at: "here" },
  what: "text",
  "odd name": "odd",
};

/** What all of them say alike. */
const COMMON = {
  i8: -128,
  i16: -32768,
  i32: -2147483648,
  u8: 255,
  u16: 65535,
  u32: 4294967295,
  ratio: 0.1,
  any_price: "12345678901234567890.123456789",
  ok: true,
  name: "Zoë",
  raw: "AP8=",
  hour: "03:04:05.678901",
  took: "1 day",
  uid: "00000000-0000-0000-0000-000000000007",
  tags: ["a", ""],
  what: "text",
};

/** As Confluent's client for Python says the row; `"…"` are numbers' digits. */
const READ: Readonly<Record<RowFormatName, object>> = {
  avro: {
    ...COMMON,
    id: "9007199254740993",
    u64: "18446744073709551615",
    single: "0.10000000149011612",
    price: "-12345678901234567890.1200",
    day: "1969-12-31",
    local: "2026-01-02 03:04:05.678901",
    at: "2026-01-02 02:04:05.678901+00:00",
    doc: '{"a":[1,null]}',
    numbers: [1, "-9223372036854775808"],
    place: '{"x":1.5,"at":"here"}',
    odd_name: "odd",
  },
  json_schema: {
    ...COMMON,
    id: "9007199254740993",
    u64: "18446744073709551615",
    single: 0.1,
    price: "-12345678901234567890.12",
    day: "1969-12-31",
    local: "2026-01-02T03:04:05.678901",
    at: "2026-01-02T03:04:05.678901+01:00",
    doc: { a: [1, null] },
    numbers: [1, "-9223372036854775808"],
    place: { x: 1.5, at: "here" },
    "odd name": "odd",
  },
  protobuf: {
    ...COMMON,
    id: "9007199254740993",
    u64: "18446744073709551615",
    single: 0.1,
    price: "-12345678901234567890.12",
    day: "1969-12-31",
    local: "2026-01-02T03:04:05.678901",
    at: "2026-01-02T02:04:05.678901Z",
    doc: '{"a":[1,null]}',
    numbers: ["1", "-9223372036854775808"],
    place: { x: 1.5, at: "here" },
    odd_name: "odd",
  },
};

/** What our own input makes of it again, where it isn't what it was. */
const AGAIN: Readonly<Record<RowFormatName, object>> = {
  avro: {
    price: "-12345678901234567890.1200",
    at: "2026-01-02T02:04:05.678901Z",
    doc: '{"a":[1,null]}',
    place: '{"x":1.5,"at":"here"}',
  },
  json_schema: {},
  protobuf: {
    at: "2026-01-02T02:04:05.678901Z",
    doc: '{"a":[1,null]}',
  },
};

const FORMATS = Object.keys(READ) as RowFormatName[];

Deno.test({
  name:
    "Avro, JSON Schema and Protobuf with a real registry, held against Confluent's serializers",
  ignore: !needs("apicurio") || !needs("schema-client") || !needs("kafka") ||
    !needs("postgres"),
  fn: async (t) => {
    const starting = startKafka();
    await using registry = await startApicurio();
    await using kafka = await starting;
    await t.step(
      "our small registry answers as the real one does",
      async () => {
        await using small = new RegistryServer();
        assertEquals(
          await conversation(small.url),
          await conversation(registry.url),
        );
      },
    );

    await t.step("what they write is read, type by type", async () => {
      assertEquals(await readAll(registry, await writtenByPython(registry)), {
        protobuf: PROTOBUF,
        "empty protobuf": EMPTY_PROTOBUF,
        "inner protobuf": { s: "inside" },
        avro: {
          single: 0.1,
          ratio: 0.1,
          day: "1969-12-31",
          ms: "03:04:05.678",
          local: "2026-01-02T03:04:05.678901",
          price: "-1234.50",
          uid: "00000000-0000-0000-0000-000000000007",
          choice: "text",
        },
        json: { id: "9007199254740993", name: "Zoë" },
      });
    });

    const written = await Promise.all(
      FORMATS.map((format) => rowBytes(registry, format)),
    );
    await t.step("what is written they read, type by type", async () => {
      const lines = FORMATS.map((format, index) =>
        JSON.stringify({ format, base64: written[index].toString("base64") })
      );
      const printed = await runTool(
        pythonOf("schema-client"),
        [SCRIPT, "read", registry.url],
        { input: lines.join("\n") },
      );
      const rows = printed.trim().split("\n").map(digits);
      for (const [index, format] of FORMATS.entries()) {
        assertEquals({ format, ...rows[index] }, { format, ...READ[format] });
      }
    });

    await t.step("what is written is read here again", async () => {
      const decoder = new Decoder({ url: registry.url } as never);
      for (const [index, format] of FORMATS.entries()) {
        const odd = format === "avro"
          ? { "odd name": undefined, odd_name: "odd" }
          : {};
        assertEquals(
          JSON.parse(JSON.stringify({
            format,
            ...await decoded(decoder, written[index]),
          })),
          JSON.parse(JSON.stringify({
            format,
            ...ROW,
            ...AGAIN[format],
            ...odd,
          })),
        );
      }
    });

    for (const format of FORMATS) {
      await t.step(
        `rows go through a topic with ${format}`,
        () => throughTopic(registry, kafka, format),
      );
      await t.step(
        `columns come, go and change with ${format}`,
        () => evolve(registry, format),
      );
    }

    await t.step("their columns have types in another system", async () => {
      const topics = FORMATS.map((format) => `typed_${format}`);
      for (const [index, serialization] of FORMATS.entries()) {
        await writeRow(registry, kafka, topics[index], serialization);
      }
      await assertTypedTables(kafka, registry, topics);
    });

    await t.step("schemas are filed under the record's name too", async () => {
      await rowBytes(registry, "avro", { subjects: "record" });
      await rowBytes(registry, "protobuf", { subjects: "topic_record" });
      await registry.latest("dstream.sales.orders");
      const { schema } = await registry.latest(
        "orders-protobuf-dstream.sales.orders",
      );
      assert.match(schema, /package dstream\.sales;[^]*message orders \{/);
    });

    await t.step(
      "register = false takes what is there, and no more",
      async () => {
        const again = await rowBytes(registry, "avro", { register: false });
        assertEquals(again, written[FORMATS.indexOf("avro")]);
        const other = { ...SCHEMA, fields: SCHEMA.fields.slice(0, 2) };
        const values = valuesOf(registry, "avro", { register: false });
        await assertRejects(
          () => values.prepare("orders-avro", other),
          "kafka.schema_unknown",
        );
      },
    );
  },
});

/** Statuses and what is in the answers, of the same requests in the same order. */
async function conversation(url: string): Promise<unknown[]> {
  const schema = (type: string) =>
    JSON.stringify({
      type: "record",
      name: "r",
      fields: [{ name: "id", type }],
    });
  const proto = 'syntax = "proto3"; message M { int32 n = 1; }';
  const requests: readonly (readonly [string, object?])[] = [
    ["subjects/a-value/versions/latest"],
    ["subjects/a-value/versions", { schema: schema("int") }],
    ["subjects/a-value/versions", { schema: schema("int") }],
    ["subjects/a-value/versions", { schema: schema("long") }],
    ["subjects/a-value", { schema: schema("int") }],
    ["subjects/a-value", { schema: schema("string") }],
    ["subjects/a-value/versions/latest"],
    ["subjects/a-value/versions/1"],
    ["subjects/a-value/versions/9"],
    ["subjects/p-value/versions", { schemaType: "PROTOBUF", schema: proto }],
    ["subjects/p-value/versions/latest"],
    ["schemas/ids/999"],
  ];
  const answers: unknown[] = [];
  let firstId: number | undefined;
  for (const [path, body] of requests) {
    const response = await fetch(`${url}/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/vnd.schemaregistry.v1+json" },
      body: body && JSON.stringify(body),
    });
    const { id, schema, schemaType = "AVRO", error_code } = await response
      .json();
    firstId ??= id;
    const isRead = body === undefined && response.ok;
    answers.push({
      path,
      status: response.status,
      id: id && id - firstId!,
      error_code: response.ok ? undefined : error_code,
      ...(isRead ? { schema, schemaType } : {}),
    });
  }
  return answers;
}

const READ_SCRIPT = fileURLToPath(
  new URL("../support/kafka/read_avro.py", import.meta.url),
);

const TOPIC_SCHEMA = {
  table: "orders",
  key: ["id"],
  fields: [
    { name: "id", type: "int64" },
    { name: "price", type: "decimal", precision: 30, scale: 4 },
    { name: "day", type: "date" },
  ],
};

const TOPIC_ROW = {
  id: "9007199254740993",
  price: "-12345678901234567890.1200",
  day: "1969-12-31",
};

/** From the output to a broker to the input, rejections and refusals too. */
async function throughTopic(
  registry: Apicurio,
  server: Kafka,
  serialization: RowFormatName,
) {
  const topic = await Topic.make(server);
  const subject = `${topic.name}-value`;
  const metadata = { table: "orders", operation: "insert", key: ["id"] };
  const lines = [
    { data: TOPIC_ROW, metadata },
    { data: { id: 2, day: "soon" }, metadata },
    { data: { id: 3 }, metadata: { ...metadata, table: "unknown" } },
    { data: { id: 4, more: 1 }, metadata },
  ];
  await using output = await KafkaOutputUnderTest.open({
    bootstrap_servers: server.bootstrap,
    topic: topic.name,
    serialization,
    schema_registry: { url: registry.url },
  });
  const rejected = await output.write(batchOf(TOPIC_SCHEMA, lines));
  assertEquals(Object.keys(rejected), ["1", "2", "3"]);
  assert.match(rejected[1], /^invalid: no [\w ]+: the column "day": /);
  assert.match(rejected[2], /: its table has no schema/);
  assert.match(rejected[3], /the column "more" is not in its table's/);
  await using input = await KafkaInputUnderTest.open({
    bootstrap_servers: server.bootstrap,
    topics: [topic.name],
    group: `reads-${serialization}`,
    follow: false,
    schema_registry: { url: registry.url },
  });
  const [{ data, metadata: { kafka } }] = await input.takeAll();
  assertEquals([data, (kafka as { key: string }).key], [
    serialization === "json_schema"
      ? { ...TOPIC_ROW, id: Number(TOPIC_ROW.id) }
      : TOPIC_ROW,
    '{"id":"9007199254740993"}',
  ]);
  await registry.setCompatibility(subject, "BACKWARD");
  const fields = [{ name: "id", type: "string" }];
  await assert.rejects(
    () => output.write(batchOf({ ...TOPIC_SCHEMA, fields }, [lines[1]])),
    /refuses the schema for "topic-\d+-value": Incompatible artifact/,
  );
  if (serialization !== "avro") return;
  const printed = await runTool(pythonOf("schema-client"), [
    READ_SCRIPT,
    server.bootstrap,
    registry.url,
    topic.name,
    "1",
  ]);
  assert.match(printed, /"id": 9007199254740993, .*"day": "1969-12-31"/);
}

/** The row of all types. */
async function writeRow(
  registry: Apicurio,
  server: Kafka,
  topic: string,
  serialization: RowFormatName,
) {
  await makeTopic(server, topic);
  await using output = await KafkaOutputUnderTest.open({
    bootstrap_servers: server.bootstrap,
    topic,
    serialization,
    schema_registry: { url: registry.url },
  });
  const metadata = { table: SCHEMA.table, operation: "insert", key: ["id"] };
  const rejected = await output.write(batchOf(SCHEMA, [{
    data: ROW,
    metadata,
  }]));
  assertEquals(rejected, {});
}

function batchOf(schema: object, lines: readonly object[]) {
  return batchOfText(
    `\x1e${JSON.stringify({ schema })}\n` +
      lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}

/** A column more, one less, and one of another type: the registry has its say. */
async function evolve(registry: Apicurio, format: RowFormatName) {
  const topic = `evolves-${format}`;
  const subject = `${topic}-value`;
  const table = "items";
  const key = ["id"];
  const id = { name: "id", type: "int64" } as const;
  const first = { name: "first", type: "string" } as const;
  const second = { name: "second", type: "string" } as const;
  const values = valuesOf(registry, format);
  const decoder = new Decoder({ url: registry.url } as never);
  const bytes = async (fields: TableSchema["fields"], row: JsonObject) => {
    await values.prepare(topic, { table, key, fields });
    return values.value(topic, table, JSON.stringify(row));
  };
  const old = await bytes([id, first], { id: 1, first: "a" });
  await registry.setCompatibility(subject, "BACKWARD");
  const more = await bytes([id, second, first], {
    id: 2,
    second: "b",
    first: "c",
  });
  assertEquals(await decoded(decoder, old), { id: 1, first: "a" });
  assertEquals(await decoded(decoder, more), {
    id: 2,
    second: "b",
    first: "c",
  });
  const error = await assertRejects(
    () => bytes([id, { name: "first", type: "boolean" }, second], { id: 3 }),
    "kafka.schema_refused",
  );
  assert.match(
    error.message,
    new RegExp(`refuses the schema for "${subject}": Incompatible artifact`),
  );
  assert.match(String(error.hint), /lower it, or write to another topic/);
  await registry.setCompatibility(subject, "NONE");
  await bytes([id, second], { id: 4, second: "d" });
  const again = await bytes([id, second, { ...first, name: "third" }], {
    id: 5,
    second: "e",
    third: "f",
  });
  assertEquals(await decoded(decoder, again), {
    id: 5,
    second: "e",
    third: "f",
  });
  if (format !== "protobuf") return;
  assertEquals((await registry.latest(subject)).schema, LAST_PROTO);
}

const LAST_PROTO = `syntax = "proto3";

package dstream;

message items {
  reserved 2;
  reserved "first";
  int64 id = 1;
  optional string second = 3;
  optional string third = 4;
}
`;

function valuesOf(
  registry: Apicurio,
  format: RowFormatName,
  more: object = {},
): SchemaValues {
  return new SchemaValues(
    format,
    { url: registry.url, subjects: "topic", register: true, ...more } as never,
  );
}

async function rowBytes(
  registry: Apicurio,
  format: RowFormatName,
  more: object = {},
): Promise<Buffer> {
  const values = valuesOf(registry, format, more);
  await values.prepare(`orders-${format}`, SCHEMA);
  return values.value(`orders-${format}`, SCHEMA.table, JSON.stringify(ROW));
}

async function decoded(decoder: Decoder, bytes: Buffer) {
  const id = decoder.missing(bytes);
  if (id !== undefined) await decoder.fetch(id);
  return digits(decoder.read(bytes).text);
}

async function writtenByPython(registry: Apicurio) {
  const printed = await runTool(pythonOf("schema-client"), [
    SCRIPT,
    "write",
    registry.url,
  ]);
  return printed.trim().split("\n").map((line) => JSON.parse(line));
}

async function readAll(
  registry: Apicurio,
  values: readonly { name: string; base64: string }[],
) {
  const decoder = new Decoder({ url: registry.url } as never);
  const rows: Record<string, unknown> = {};
  for (const { name, base64 } of values) {
    rows[name] = await decoded(decoder, Buffer.from(base64, "base64"));
  }
  return rows;
}

/** Numbers that a double would change are texts of their digits. */
function digits(text: string) {
  const exact = JSON as unknown as {
    parse(
      text: string,
      reviver: (
        key: string,
        value: unknown,
        context: { source?: string },
      ) => unknown,
    ): JsonObject;
  };
  return exact.parse(
    text,
    (_key, value, { source }) =>
      typeof value === "number" && source!.length >= 16 ? source : value,
  );
}

const PROTOBUF = {
  i32: -7,
  i64: "-9223372036854775808",
  u32: 4294967295,
  u64: "18446744073709551615",
  s32: -2147483648,
  s64: "9007199254740993",
  f32: 4294967295,
  f64: "18446744073709551615",
  sf32: -1,
  sf64: "-9223372036854775808",
  single: 0.1,
  ratio: 0.1,
  ok: true,
  name: "Zoë",
  raw: "AP8=",
  kind: "BIG",
  numbers: [1, -1, "9007199254740993"],
  tags: ["a", ""],
  counts: { x: 1 },
  addresses: { "7": { street: "Main", number: 0 } },
  address: { street: "", number: 3 },
  unset: null,
  text: "",
  number: null,
  at: "1960-01-02T03:04:05.678901234Z",
  took: "-1.500s",
  wrapped: "9007199254740993",
  empty: null,
  anything: { a: [1, null, { b: "c" }, true] },
  "odd name": 5,
  special: "NaN",
  negative: -1,
  child: { ...emptyRow(), name: "inner" },
};

const EMPTY_PROTOBUF = emptyRow();

/** Every field is there: its default, or null where that is told apart. */
function emptyRow() {
  return {
    i32: 0,
    i64: 0,
    u32: 0,
    u64: 0,
    s32: 0,
    s64: 0,
    f32: 0,
    f64: 0,
    sf32: 0,
    sf64: 0,
    single: 0,
    ratio: 0,
    ok: false,
    name: "",
    raw: "",
    kind: "NONE",
    numbers: [],
    tags: [],
    counts: {},
    addresses: {},
    address: null,
    unset: null,
    text: null,
    number: null,
    at: null,
    took: null,
    wrapped: null,
    empty: null,
    anything: null,
    child: null,
    "odd name": 0,
    special: 0,
    negative: 0,
  };
}
