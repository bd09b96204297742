/**
 * Types of Kafka Connect and Debezium → those of fields, as connect_types.ts makes
 * the values.
 *
 * @module
 */

import type { FieldType, SchemaField } from "@dstream/sdk/changes";
import type { ConnectSchema } from "./connect_types.ts";
import { Nesting, OPAQUE, type Shape, shapeOf } from "./shape.ts";

type Parameters = Readonly<Record<string, string>>;

/** The shape of the values that come with this schema. */
export function connectShape(schema: ConnectSchema): Shape | undefined {
  return shapeOf(typeOf(schema, new Nesting()));
}

/** @returns undefined for a type that is no more than what it is made of. */
export function logicalField(
  name: string | undefined,
  parameters: Parameters = {},
): FieldType | undefined {
  if (name === "org.apache.kafka.connect.data.Decimal") {
    return decimal(parameters);
  }
  return name === undefined ? undefined : LOGICAL[name];
}

/** Of all digits only some writers say how many there are. */
function decimal(parameters: Parameters): FieldType {
  const precision = Number(parameters["connect.decimal.precision"]);
  const scale = Number(parameters.scale ?? 0);
  return Number.isSafeInteger(precision)
    ? { type: "decimal", precision, scale }
    : { type: "decimal" };
}

function typeOf(schema: ConnectSchema, nesting: Nesting): FieldType {
  const type = logicalField(schema.name, schema.parameters) ??
    plainType(schema, nesting);
  return schema.optional === true ? { ...type, nullable: true } : type;
}

function plainType(schema: ConnectSchema, nesting: Nesting): FieldType {
  switch (schema.type) {
    case "struct":
      return nesting.struct(schema, () => fieldsOf(schema, nesting));
    case "array":
      return schema.items === undefined
        ? { type: "list" }
        : { type: "list", element: typeOf(schema.items, nesting) };
    default:
      return SIMPLE[schema.type ?? ""] ?? OPAQUE;
  }
}

function fieldsOf(
  { fields = [] }: ConnectSchema,
  nesting: Nesting,
): SchemaField[] {
  return fields.filter(({ field }) => field !== undefined).map((each) => ({
    name: each.field!,
    ...typeOf(each, nesting),
    ...(each.doc === undefined ? {} : { description: each.doc }),
  }));
}

/** In JSON's schemas and, where they are called otherwise, in Connect's own words. */
const SIMPLE: Readonly<Record<string, FieldType>> = {
  boolean: { type: "boolean" },
  int8: { type: "int8" },
  int16: { type: "int16" },
  int32: { type: "int32" },
  int64: { type: "int64" },
  float: { type: "float32" },
  float32: { type: "float32" },
  double: { type: "float64" },
  float64: { type: "float64" },
  string: { type: "string" },
  bytes: { type: "bytes" },
};

const LOGICAL: Readonly<Record<string, FieldType>> = {
  "io.debezium.time.Date": { type: "date" },
  "io.debezium.time.Time": { type: "time", precision: 3 },
  "io.debezium.time.MicroTime": { type: "time", precision: 6 },
  "io.debezium.time.NanoTime": { type: "time", precision: 9 },
  "io.debezium.time.Timestamp": { type: "timestamp", precision: 3 },
  "io.debezium.time.MicroTimestamp": { type: "timestamp", precision: 6 },
  "io.debezium.time.NanoTimestamp": { type: "timestamp", precision: 9 },
  "io.debezium.time.ZonedTimestamp": { type: "timestamptz" },
  "io.debezium.time.MicroDuration": { type: "interval" },
  "io.debezium.time.Interval": { type: "interval" },
  "io.debezium.data.Bits": { type: "string" },
  "io.debezium.data.Json": { type: "json" },
  "io.debezium.data.Uuid": { type: "uuid" },
  "io.debezium.data.VariableScaleDecimal": { type: "decimal" },
  "org.apache.kafka.connect.data.Date": { type: "date" },
  "org.apache.kafka.connect.data.Time": { type: "time", precision: 3 },
  "org.apache.kafka.connect.data.Timestamp": {
    type: "timestamptz",
    precision: 3,
  },
};
