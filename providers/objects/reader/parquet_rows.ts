/**
 * Parquet → rows, a row group at a time, with all digits.
 *
 * @module
 */

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import {
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from "hyparquet";
import {
  exactBytes,
  exactFloat,
  exactInteger,
  type SchemaField,
  type TableSchema,
} from "@dstream/sdk/changes";
import type { Json } from "@dstream/sdk";
import { FileBuffer } from "../writer/file_buffer.ts";
import { type Rows, ROWS_AT_ONCE } from "./row_batch.ts";

const COMPRESSORS = {
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
};
const UNIT_DIGITS: Readonly<Record<string, number>> = {
  MILLIS: 3,
  MICROS: 6,
  NANOS: 9,
};

/** Reads a whole object into a buffer first, since its end is needed at once. */
export async function* readParquet(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  table: string,
): AsyncGenerator<Rows> {
  using buffer = new FileBuffer(undefined);
  for await (const piece of bytes) buffer.append(piece);
  const file = {
    byteLength: buffer.sizeBytes,
    slice: (from: number, to = buffer.sizeBytes) =>
      buffer.read(from, to - from).buffer,
  };
  const metadata = await parquetMetadataAsync(file);
  const columns = columnsOf(metadata);
  const schema: TableSchema = {
    table,
    fields: columns.map((one) => one.field),
  };
  const rowCount = Number(metadata.num_rows);
  for (let at = 0; at < rowCount; at += ROWS_AT_ONCE) {
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors: COMPRESSORS,
      parsers: PARSERS,
      utf8: false, // bytes stay bytes, where no type says that they are text
      rowStart: at,
      rowEnd: Math.min(at + ROWS_AT_ONCE, rowCount),
    });
    yield { texts: rows.map((row) => textOf(row, columns)), schema };
  }
}

interface Column {
  readonly field: SchemaField;
  readonly read: (value: unknown) => Json;
}

function textOf(
  row: Record<string, unknown>,
  columns: readonly Column[],
): string {
  const values = columns.map(({ field: { name }, read }) => {
    const value = row[name];
    return [name, value === null || value === undefined ? null : read(value)];
  });
  return JSON.stringify(Object.fromEntries(values));
}

/** Times in lists and groups; those of columns keep their zone. */
const PARSERS = {
  timestampFromMilliseconds: (count: bigint) => timestamp(count, 3, true),
  timestampFromMicroseconds: (count: bigint) => timestamp(count, 6, true),
  timestampFromNanoseconds: (count: bigint) => timestamp(count, 9, true),
  dateFromDays: (days: number) => dateOf(days),
} as unknown as Parameters<typeof parquetReadObjects>[0]["parsers"];

/** The children of the root, whose own types are kept from being converted. */
function columnsOf({ schema }: FileMetaData): Column[] {
  const columns: Column[] = [];
  for (let at = 1; at < schema.length; at = behind(schema, at)) {
    const element = schema[at];
    columns.push(
      element.num_children ? nested(element.name) : leaf(element),
    );
  }
  return columns;
}

function behind(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let n = 0; n < (schema[at].num_children ?? 0); n++) {
    next = behind(schema, next);
  }
  return next;
}

function nested(name: string): Column {
  return { field: { name, type: "json", nullable: true }, read: plain };
}

function leaf(element: SchemaElement): Column {
  const { name, type, converted_type, logical_type, precision, scale } =
    element;
  const field = (type: SchemaField["type"]) => ({ name, type, nullable: true });
  if (converted_type === "DECIMAL" || logical_type?.type === "DECIMAL") {
    raw(element);
    return {
      field: { ...field("decimal"), precision, scale: scale ?? 0 },
      read: (value) => decimalText(value, scale ?? 0),
    };
  }
  const unit = (logical_type as { unit?: string } | undefined)?.unit ??
    /_(MILLIS|MICROS)$/.exec(converted_type ?? "")?.[1];
  const digits = UNIT_DIGITS[unit ?? ""] ?? 6;
  if (
    logical_type?.type === "TIMESTAMP" ||
    /^TIMESTAMP/.test(converted_type ?? "")
  ) {
    const hasZone = logical_type?.type === "TIMESTAMP"
      ? logical_type.isAdjustedToUTC
      : true;
    raw(element);
    return {
      field: field(hasZone ? "timestamptz" : "timestamp"),
      read: (value) => timestamp(BigInt(value as bigint), digits, hasZone),
    };
  }
  if (logical_type?.type === "TIME" || /^TIME_/.test(converted_type ?? "")) {
    raw(element);
    return {
      field: field("time"),
      read: (value) =>
        timestamp(BigInt(value as bigint), digits, false).slice(11),
    };
  }
  if (converted_type === "DATE") return { field: field("date"), read: plain };
  if (logical_type?.type === "UUID") {
    return { field: field("uuid"), read: plain };
  }
  if (type === "BOOLEAN") return { field: field("boolean"), read: plain };
  if (type === "FLOAT") return { field: field("float32"), read: plain };
  if (type === "DOUBLE") return { field: field("float64"), read: plain };
  if (type === "INT32" || type === "INT64") {
    const isUnsigned = converted_type?.startsWith("UINT_") ?? false;
    const bits = /\d+$/.exec(converted_type ?? type)![0];
    const kind = `${isUnsigned ? "uint" : "int"}${bits}`;
    return { field: field(kind as SchemaField["type"]), read: plain };
  }
  const isText = converted_type === "UTF8" || logical_type?.type === "STRING" ||
    converted_type === "ENUM";
  return { field: field(isText ? "string" : "bytes"), read: plain };
}

/** The library would make doubles and milliseconds of it. */
function raw(element: SchemaElement): void {
  element.converted_type = undefined;
  element.logical_type = undefined;
}

/** Unscaled digits, as a number or as bytes, the first one first. */
function decimalText(value: unknown, scale: number): string {
  const unscaled = value instanceof Uint8Array
    ? BigInt.asIntN(
      8 * value.length,
      value.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n),
    )
    : BigInt(value as bigint);
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
    .padStart(scale + 1, "0");
  return scale === 0
    ? sign + digits
    : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function timestamp(count: bigint, digits: number, hasZone: boolean): string {
  const factor = 10n ** BigInt(digits);
  const seconds = count >= 0n
    ? count / factor
    : -((-count + factor - 1n) / factor);
  const fraction = String(count - seconds * factor).padStart(digits, "0");
  const iso = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
  return `${iso}.${fraction}${hasZone ? "Z" : ""}`;
}

function dateOf(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, -14);
}

/** Any value as JSON, with all its digits. */
function plain(value: unknown): Json {
  if (typeof value === "bigint") return exactInteger(value);
  if (typeof value === "number") return exactFloat(value);
  if (value instanceof Uint8Array) return exactBytes(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) {
    return (value ?? null) as Json;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, plain(inner)]),
  );
}
