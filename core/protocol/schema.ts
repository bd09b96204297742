/**
 * Schema records: the shape of a table's envelopes from here on.
 *
 * ```json
 * {"schema":{"table":"orders","key":["id"],"fields":[{"name":"id","type":"int64"}]}}
 * ```
 *
 * The CLI passes them on as text and reads no more than `table` ({@link
 * readRawSchema}); who writes rows takes them apart ({@link parseSchema}).
 *
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import { DstreamError } from "../base/errors.ts";
import type { Json, JsonObject } from "./envelope.ts";
import { parseExactJson } from "./exact_json.ts";

/** The longest schema record, in bytes of UTF-8. */
export const MAX_SCHEMA_BYTES = 4 * 1024 * 1024;
/** How many tables a stream may have schemas of. */
export const MAX_SCHEMA_TABLES = 10_000;
/** What all schemas that are kept may take. */
export const MAX_ALL_SCHEMA_BYTES = 64 * 1024 * 1024;
/** Lists and structs in each other. */
export const MAX_SCHEMA_DEPTH = 64;

/** Every type a field can have. */
export const FIELD_TYPES = [
  "boolean",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float32",
  "float64",
  "decimal",
  "string",
  "bytes",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "uuid",
  "json",
  "list",
  "struct",
  "any",
] as const;

/** `timestamp` has no zone, `timestamptz` has one; `any` is not known. */
export type FieldTypeName = typeof FIELD_TYPES[number];

/** What values look like. */
export interface FieldType {
  readonly type: FieldTypeName;
  /** Digits: of a decimal all of them, of times those of a second's fraction. */
  readonly precision?: number;
  /** Digits of a decimal behind the point. */
  readonly scale?: number;
  /** Of a `list`. */
  readonly element?: FieldType;
  /** Of a `struct`. */
  readonly fields?: readonly SchemaField[];
  /** `null` may stand there; false when left out. */
  readonly nullable?: boolean;
  /** What the source calls it: `numeric(19,4)`. */
  readonly native?: string;
}

/** One column. */
export interface SchemaField extends FieldType {
  readonly name: string;
  readonly description?: string;
  readonly default?: Json;
}

/** The shape of a table's rows. */
export interface TableSchema {
  /** As `metadata.table` says it. */
  readonly table: string;
  /** Names of the columns that identify a row, in order. */
  readonly key?: readonly string[];
  readonly fields: readonly SchemaField[];
  /** What it was made of, where that was a JSON Schema. */
  readonly json_schema?: JsonObject;
}

/** A schema record that is only passed on. */
export interface RawSchema {
  readonly table: string;
  /** `{"schema":{…}}` as it came, without 0x1E and line feed. */
  readonly record: string;
}

/**
 * The record's text, of which no number loses a digit.
 *
 * @throws {DstreamError} `protocol.schema_invalid` for one that is too long.
 *
 * @example
 * ```ts
 * const record = formatSchema({
 *   table: "orders",
 *   key: ["id"],
 *   fields: [{ name: "id", type: "int64" }],
 * });
 * if (parseSchema(record.record).key?.[0] !== "id") throw new Error();
 * ```
 */
export function formatSchema(schema: TableSchema): RawSchema {
  const record = JSON.stringify({ schema });
  refuseLong(record, schema.table);
  return { table: schema.table, record };
}

/**
 * Reads the table's name and nothing else.
 *
 * @param record `{"schema":{…}}`, without 0x1E and line feed.
 * @throws {DstreamError} `protocol.schema_invalid`
 */
export function readRawSchema(record: string, schema: unknown): RawSchema {
  if (!isJsonObject(schema)) throw invalid("it is not an object");
  const { table } = schema;
  if (typeof table !== "string" || table === "") {
    throw invalid("it has no `table`");
  }
  refuseLong(record, table);
  return { table, record };
}

/**
 * Reads the whole record. A type that this version does not know is `any`.
 *
 * @param record `{"schema":{…}}`, without 0x1E and line feed.
 * @throws {DstreamError} `protocol.schema_invalid`, which names the table and the
 * field.
 */
export function parseSchema(record: string): TableSchema {
  const parsed = tryParse(record);
  const schema = isJsonObject(parsed) ? parsed.schema : undefined;
  const { table } = readRawSchema(record, schema);
  const { key, fields, json_schema } = schema as JsonObject;
  const read = new SchemaReader(table);
  return {
    table,
    ...(key === undefined ? {} : { key: read.names(key, "key") }),
    fields: read.fields(fields, 0),
    ...(isJsonObject(json_schema) ? { json_schema } : {}),
  };
}

/** Holds what is kept of a stream's schemas to its bounds. */
export class SchemaBounds {
  readonly #sizes = new Map<string, number>();
  #total = 0;

  /**
   * Counts a schema in the place of the table's one before.
   * @throws {DstreamError} `protocol.schema_too_many` beyond 10,000 tables or
   * 64 MiB.
   */
  take({ table, record }: RawSchema): void {
    const size = record.length;
    this.#total += size - (this.#sizes.get(table) ?? 0);
    this.#sizes.set(table, size);
    const isTooMany = this.#sizes.size > MAX_SCHEMA_TABLES;
    if (!isTooMany && this.#total <= MAX_ALL_SCHEMA_BYTES) return;
    throw new DstreamError(
      "protocol.schema_too_many",
      isTooMany
        ? `schemas of more than ${MAX_SCHEMA_TABLES} tables`
        : `the schemas of ${this.#sizes.size} tables take more than ` +
          `${MAX_ALL_SCHEMA_BYTES} bytes`,
      { hint: "read fewer tables in one task" },
    );
  }
}

class SchemaReader {
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  names(value: Json, what: string): string[] {
    const isList = Array.isArray(value) &&
      value.every((name) => typeof name === "string");
    if (!isList) throw invalid(`${what} is no list of names`, this.#table);
    return value as string[];
  }

  fields(value: Json | undefined, depth: number): SchemaField[] {
    if (!Array.isArray(value)) throw invalid("it has no fields", this.#table);
    const names = new Set<string>();
    return value.map((each: Json) => {
      const field = this.#field(each, depth);
      if (names.has(field.name)) {
        throw this.#wrong(field.name, "is there twice");
      }
      names.add(field.name);
      return field;
    });
  }

  #field(value: Json, depth: number): SchemaField {
    if (!isJsonObject(value) || typeof value.name !== "string") {
      throw invalid("a field has no name", this.#table);
    }
    const { name, description, default: fallback } = value;
    return {
      name,
      ...this.#type(value, name, depth),
      ...(typeof description === "string" ? { description } : {}),
      ...(fallback === undefined ? {} : { default: fallback }),
    };
  }

  #type(value: JsonObject, name: string, depth: number): FieldType {
    if (depth > MAX_SCHEMA_DEPTH) {
      throw this.#wrong(name, `is nested more than ${MAX_SCHEMA_DEPTH} deep`);
    }
    const { type, nullable, element, fields } = value;
    if (typeof type !== "string") throw this.#wrong(name, "has no type");
    const known = FIELD_TYPES.find((each) => each === type);
    const native = value.native ?? (known === undefined ? type : undefined);
    return {
      type: known ?? "any",
      ...this.#digits(value, name),
      ...(known === "list" ? this.#element(element, name, depth) : {}),
      ...(known === "struct" ? { fields: this.fields(fields, depth + 1) } : {}),
      ...(nullable === true ? { nullable } : {}),
      ...(typeof native === "string" ? { native } : {}),
    };
  }

  #digits(value: JsonObject, name: string) {
    const digits: { precision?: number; scale?: number } = {};
    for (const key of ["precision", "scale"] as const) {
      const count = value[key];
      if (count === undefined || count === null) continue;
      if (!Number.isSafeInteger(count)) {
        throw this.#wrong(name, `has a ${key} that is no whole number`);
      }
      digits[key] = count as number;
    }
    return digits;
  }

  #element(element: Json | undefined, name: string, depth: number) {
    if (element === undefined) return {};
    if (!isJsonObject(element)) {
      throw this.#wrong(name, "has an element that is no object");
    }
    return { element: this.#type(element, name, depth + 1) };
  }

  #wrong(field: string, what: string): DstreamError {
    return invalid(`field ${JSON.stringify(field)} ${what}`, this.#table);
  }
}

function refuseLong(record: string, table: string): void {
  // A UTF-16 unit is at most three bytes.
  if (record.length * 3 <= MAX_SCHEMA_BYTES) return;
  const sizeBytes = new TextEncoder().encode(record).length;
  if (sizeBytes <= MAX_SCHEMA_BYTES) return;
  throw invalid(
    `it has ${sizeBytes} bytes, ${MAX_SCHEMA_BYTES} are allowed`,
    table,
  );
}

function tryParse(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}

function invalid(why: string, table?: string): DstreamError {
  const whose = table === undefined
    ? "a table"
    : `table ${JSON.stringify(table.slice(0, 120))}`;
  return new DstreamError(
    "protocol.schema_invalid",
    `cannot read the schema of ${whose}: ${why}`,
  );
}
