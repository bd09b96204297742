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
import { decimalBytes } from "../decimals.ts";
import { RowProblem } from "../problems.ts";
import { ofColumn, plain, textOf } from "../rows.ts";
import { countOf, daysOf } from "../times.ts";
import { avroTypeOf } from "./avro_schema.ts";

/** Appends a value. */
type Write = (value: Json, out: AvroOut) => void;

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
    const out = new AvroOut();
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

function writeKey(value: Json, write: Write, out: AvroOut): void {
  if (value === null) throw new RowProblem("a key's column has no value");
  write(value, out);
}

function writeNullable(value: Json, write: Write, out: AvroOut): void {
  out.long(value === null ? 0n : 1n);
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
      return (value, out) => out.long(BigInt(read(value) as number | bigint));
    case "float":
      return (value, out) => out.float(read(value) as number);
    case "double":
      return (value, out) => out.double(read(value) as number);
    case "bytes":
      return (value, out) => out.block(read(value) as Uint8Array);
    case "date":
      return (value, out) => out.long(daysOf(read(value) as string));
    case "decimal":
      return (value, out) =>
        out.block(decimalBytes(read(value) as string, field.scale ?? 0));
    case "timestamp-micros":
      return (value, out) => out.long(countOf(read(value) as string, "micros"));
    case "local-timestamp-micros":
      return (value, out) => out.long(countOf(`${read(value)}Z`, "micros"));
    case "array": {
      const write = writerOf(field.element!);
      return (value, out) => {
        const items = read(value) as Json[];
        if (items.length > 0) out.long(BigInt(items.length));
        for (const item of items) writeNullable(item, write, out);
        out.long(0n);
      };
    }
    default:
      return (value, out) => out.block(Buffer.from(textOf(value, field, read)));
  }
}

/** Bytes one after the other. */
class AvroOut {
  readonly #parts: Buffer[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  byte(value: number): void {
    this.#parts.push(Buffer.of(value));
  }

  /** Zigzag, seven bits a byte. */
  long(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#parts.push(Buffer.from(bytes));
  }

  float(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#parts.push(bytes);
  }

  double(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(bytes);
  }

  block(bytes: Uint8Array): void {
    this.long(BigInt(bytes.length));
    this.#parts.push(Buffer.from(bytes));
  }
}
