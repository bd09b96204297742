/**
 * A table's schema → one of Avro.
 *
 * @module
 */

import type { FieldType, TableSchema } from "@dstream/sdk/changes";
import { legalName, recordName } from "../names.ts";

/** A schema of Avro, or a part of one. */
export type AvroType = string | readonly AvroType[] | {
  readonly [key: string]: unknown;
};

const SIMPLE: Readonly<Record<string, AvroType>> = {
  boolean: "boolean",
  int8: "int",
  int16: "int",
  int32: "int",
  int64: "long",
  uint8: "int",
  uint16: "int",
  uint32: "long",
  float32: "float",
  float64: "double",
  bytes: "bytes",
  date: { type: "int", logicalType: "date" },
};

/** How a field's values are written; what Avro has no word for is text. */
export function avroTypeOf(field: FieldType): AvroType {
  const { type, precision, scale } = field;
  if (type === "decimal" && precision !== undefined) {
    return {
      type: "bytes",
      logicalType: "decimal",
      precision,
      scale: scale ?? 0,
    };
  }
  if (type === "timestamptz" && (precision ?? 6) <= 6) {
    return { type: "long", logicalType: "timestamp-micros" };
  }
  if (type === "timestamp" && (precision ?? 6) <= 6) {
    return { type: "long", logicalType: "local-timestamp-micros" };
  }
  if (type === "list" && field.element !== undefined) {
    return { type: "array", items: nullable(avroTypeOf(field.element)) };
  }
  return SIMPLE[type] ?? "string";
}

/** The row of a table; every column may be missing but those of the key. */
export function avroSchemaOf({ table, key = [], fields }: TableSchema): string {
  return JSON.stringify({
    type: "record",
    ...recordName(table),
    fields: fields.map(({ name, ...field }) => {
      const type = avroTypeOf(field);
      return key.includes(name)
        ? { name: legalName(name), type }
        : { name: legalName(name), type: nullable(type), default: null };
    }),
  });
}

function nullable(type: AvroType): AvroType {
  return ["null", type];
}
