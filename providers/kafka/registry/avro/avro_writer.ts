/**
 * Rows of a table → Avro's bytes, by the schema that avro_schema.ts makes of it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import {
  type FieldType,
  type TableSchema,
  valueOf,
} from "@dstream/sdk/changes";
import { BytesOut } from "../bytes.ts";
import { decimalBytes } from "../decimals.ts";
import { RowProblem } from "../problems.ts";
import { ofColumn, plain, textOf } from "../rows.ts";
import { countOf, daysOf } from "../times.ts";
import { avroTypeOf } from "./avro_schema.ts";

/** Appends a value. */
type Write = (value: Json, out: BytesOut) => void;

/**
 * A function that writes rows.
 * @throws {RowProblem} From it, for a value that isn't of its column's type.
 */
export function avroWriter(
  { key = [], fields }: TableSchema,
): (row: JsonObject) => Buffer {
  const writes = fields.map((field) => ({
    name: field.name,
    isKey: key.includes(field.name),
    write: writerOf(field),
  }));
  return (row) => {
    const out = new BytesOut();
    for (const { name, isKey, write } of writes) {
      const value = row[name] ?? null;
      ofColumn(name, () => {
        if (isKey) writeKey(value, write, out);
        else writeNullable(value, write, out);
      });
    }
    return out.bytes;
  };
}

function writeKey(value: Json, write: Write, out: BytesOut): void {
  if (value === null) throw new RowProblem("a key's column has no value");
  write(value, out);
}

function writeNullable(value: Json, write: Write, out: BytesOut): void {
  out.zigzag(value === null ? 0n : 1n);
  if (value !== null) write(value, out);
}

function writerOf(field: FieldType): Write {
  const type = avroTypeOf(field);
  const kind = typeof type === "string"
    ? type
    : `${(type as { logicalType?: string }).logicalType ?? "array"}`;
  const read = (value: Json) => valueOf(plain(value), field);
  switch (kind) {
    case "boolean":
      return (value, out) => out.byte(read(value) === true ? 1 : 0);
    case "int":
    case "long":
      return (value, out) => out.zigzag(BigInt(read(value) as number | bigint));
    case "float":
      return (value, out) => out.float(read(value) as number);
    case "double":
      return (value, out) => out.double(read(value) as number);
    case "bytes":
      return (value, out) => writeBlock(read(value) as Uint8Array, out);
    case "date":
      return (value, out) => out.zigzag(daysOf(read(value) as string));
    case "decimal":
      return (value, out) =>
        writeBlock(decimalBytes(read(value) as string, field.scale ?? 0), out);
    case "timestamp-micros":
      return (value, out) =>
        out.zigzag(countOf(read(value) as string, "micros"));
    case "local-timestamp-micros":
      return (value, out) => out.zigzag(countOf(`${read(value)}Z`, "micros"));
    case "array": {
      const write = writerOf(field.element!);
      return (value, out) => {
        const items = read(value) as Json[];
        if (items.length > 0) out.zigzag(BigInt(items.length));
        for (const item of items) writeNullable(item, write, out);
        out.zigzag(0n);
      };
    }
    default:
      return (value, out) =>
        writeBlock(Buffer.from(textOf(value, field, read)), out);
  }
}

function writeBlock(bytes: Uint8Array, out: BytesOut): void {
  out.zigzag(BigInt(bytes.length));
  out.raw(bytes);
}
