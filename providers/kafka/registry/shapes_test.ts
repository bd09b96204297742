import type { SchemaField } from "@dstream/sdk/changes";
import { assertEquals } from "../../../tests/support/assert.ts";
import { avroShape } from "./avro/avro_fields.ts";
import { connectShape } from "./connect_fields.ts";
import { jsonShape } from "./json_schema/json_fields.ts";
import { ProtoFile } from "./protobuf/proto_files.ts";
import { loadProtobuf } from "./protobuf/proto_library.ts";
import { protoShape } from "./protobuf/proto_fields.ts";
import { rowShape, type Shape } from "./shape.ts";

/** One field of each kind, and what it is. */
type Fields = readonly (readonly [unknown, string])[];

/** `decimal(10,2)?`, `list<int32>`, `struct<n int32>`. */
function short(field: Omit<SchemaField, "name">): string {
  const { type, precision, scale, element, fields, nullable } = field;
  const digits = [precision, scale].filter((each) => each !== undefined);
  const inner = element !== undefined
    ? `<${short(element)}>`
    : fields !== undefined
    ? `<${shortFields({ fields })}>`
    : "";
  return type + (digits.length === 0 ? "" : `(${digits})`) + inner +
    (nullable ? "?" : "");
}

function shortFields(shape: Shape | undefined): string | undefined {
  return shape?.fields.map((field) => `${field.name} ${short(field)}`)
    .join(", ");
}

const AVRO: Fields = [
  ["boolean", "boolean"],
  ["int", "int32"],
  ["long", "int64"],
  ["float", "float32"],
  ["double", "float64"],
  ["bytes", "bytes"],
  ["string", "string"],
  [["null", "string"], "string?"],
  [["string"], "string"],
  [["null", "long", "string"], "any?"],
  ["null", "any?"],
  [{ type: "string", logicalType: "uuid" }, "uuid"],
  [{ type: "int", logicalType: "date" }, "date"],
  [{ type: "int", logicalType: "time-millis" }, "time(3)"],
  [{ type: "long", logicalType: "time-micros" }, "time(6)"],
  [{ type: "long", logicalType: "timestamp-millis" }, "timestamptz(3)"],
  [{ type: "long", logicalType: "timestamp-micros" }, "timestamptz(6)"],
  [{ type: "long", logicalType: "local-timestamp-nanos" }, "timestamp(9)"],
  [{ type: "long", logicalType: "of-my-own" }, "int64"],
  [
    { type: "bytes", logicalType: "decimal", precision: 30, scale: 4 },
    "decimal(30,4)",
  ],
  [{ type: "fixed", name: "F", size: 2 }, "bytes"],
  [{ type: "enum", name: "E", symbols: ["A"] }, "string"],
  [{ type: "array", items: ["null", "int"] }, "list<int32?>"],
  [{ type: "map", values: "int" }, "json"],
  [
    { type: "record", name: "N", fields: [{ name: "n", type: "int" }] },
    "struct<n int32>",
  ],
  [{ type: "record", name: "Empty", fields: [] }, "json"],
  [["null", "Row"], "json?"],
  ["shop.Other", "struct<x string>"],
  [{ type: "int", "connect.name": "io.debezium.time.Date" }, "date"],
  [{ type: "string", "connect.name": "io.debezium.data.Json" }, "json"],
];

const OTHER = JSON.stringify({
  type: "record",
  name: "Other",
  namespace: "shop",
  fields: [{ name: "x", type: "string" }],
});

Deno.test("the types of Avro's records", async (t) => {
  for (const [type, expected] of AVRO) {
    await t.step(JSON.stringify(type), () => {
      const fields = [{ name: "a", type }];
      const text = JSON.stringify({ type: "record", name: "Row", fields });
      assertEquals(shortFields(avroShape(text, [OTHER])), `a ${expected}`);
    });
  }
  await t.step("what is no record has none", () => {
    assertEquals(avroShape('"string"'), undefined);
  });
  await t.step("records in records by the thousand have an end", () => {
    const fields = (of: number) =>
      ["a", "b"].map((name) => ({ name, type: `R${of}` }));
    const references = Array.from({ length: 60 }, (_, index) =>
      JSON.stringify({
        type: "record",
        name: `R${index + 1}`,
        fields: index === 0 ? [{ name: "n", type: "int" }] : fields(index),
      }));
    const text = JSON.stringify({
      type: "record",
      name: "Row",
      fields: fields(60),
    });
    assertEquals(avroShape(text, references)?.fields.length, 2);
  });
});

const PROTO: Fields = [
  ["int32 a", "int32"],
  ["sfixed64 a", "int64"],
  ["fixed32 a", "uint32"],
  ["uint64 a", "uint64"],
  ["float a", "float32"],
  ["double a", "float64"],
  ["bool a", "boolean"],
  ["string a", "string"],
  ["bytes a", "bytes"],
  ["optional int32 a", "int32?"],
  ["repeated string a", "list<string>"],
  ["map<string, int32> a", "json"],
  ["Kind a", "string"],
  ["Inner a", "struct<n int32>?"],
  ["M a", "json?"],
  ["google.protobuf.Timestamp a", "timestamptz(9)?"],
  ["google.protobuf.Int64Value a", "int64?"],
  ["google.protobuf.Struct a", "json?"],
  ["google.type.Date a", "date?"],
  ["google.type.Decimal a", "decimal?"],
];

Deno.test("the types of Protobuf's messages", async (t) => {
  const library = await loadProtobuf();
  for (const [field, expected] of PROTO) {
    await t.step(String(field), () => {
      const text = 'syntax = "proto3"; ' +
        ["timestamp", "wrappers", "struct"].map((name) =>
          `import "google/protobuf/${name}.proto"; `
        ).join("") +
        'import "google/type/date.proto"; ' +
        'import "google/type/decimal.proto"; ' +
        `message M { ${field} = 1; } message Inner { int32 n = 1; } ` +
        "enum Kind { NONE = 0; }";
      const file = new ProtoFile(library, { text, references: [] });
      assertEquals(
        shortFields(protoShape(library, file.messageAt([0]))),
        `a ${expected}`,
      );
    });
  }
});

const CONNECT: Fields = [
  [{ type: "int8" }, "int8"],
  [{ type: "int64", optional: true }, "int64?"],
  [{ type: "float" }, "float32"],
  [{ type: "double" }, "float64"],
  [{ type: "boolean" }, "boolean"],
  [{ type: "bytes" }, "bytes"],
  [{ type: "array", items: { type: "string" } }, "list<string>"],
  [{ type: "map", values: { type: "string" } }, "json"],
  [
    { type: "struct", fields: [{ field: "x", type: "int32" }] },
    "struct<x int32>",
  ],
  [{ type: "int64", name: "io.debezium.time.MicroTimestamp" }, "timestamp(6)"],
  [
    { type: "string", name: "io.debezium.time.ZonedTimestamp" },
    "timestamptz",
  ],
  [{ type: "string", name: "io.debezium.time.ZonedTime" }, "string"],
  [{ type: "string", name: "io.debezium.data.Uuid" }, "uuid"],
  [{ type: "string", name: "of.my.own" }, "string"],
  [
    {
      type: "bytes",
      name: "org.apache.kafka.connect.data.Decimal",
      parameters: { scale: "2", "connect.decimal.precision": "10" },
    },
    "decimal(10,2)",
  ],
  [
    {
      type: "bytes",
      name: "org.apache.kafka.connect.data.Decimal",
      parameters: { scale: "2" },
    },
    "decimal",
  ],
];

Deno.test("the types of Kafka Connect and Debezium", async (t) => {
  for (const [type, expected] of CONNECT) {
    await t.step(JSON.stringify(type), () => {
      const fields = [{ ...type as object, field: "a" }];
      assertEquals(
        shortFields(connectShape({ type: "struct", fields })),
        `a ${expected}`,
      );
    });
  }
});

Deno.test("the row of a change is what its after is", () => {
  const row = { type: "struct", optional: true, fields: [{ field: "id" }] };
  const shape = connectShape({
    type: "struct",
    fields: [{ ...row, field: "before" }, { ...row, field: "after" }],
  });
  assertEquals(shortFields(rowShape(shape!)), "id json");
});

Deno.test("the columns of a JSON Schema, which stays beside them", () => {
  const text = JSON.stringify({
    type: "object",
    properties: { id: { type: "integer" }, at: { format: "date-time" } },
  });
  const shape = jsonShape(text);
  assertEquals(
    shape?.fields.map(({ name }) => name),
    ["id", "at"],
  );
  assertEquals(shape?.jsonSchema, JSON.parse(text));
  for (const none of ["true", "[]", '{"type":"string"}', "{"]) {
    assertEquals(jsonShape(none), undefined);
  }
});
