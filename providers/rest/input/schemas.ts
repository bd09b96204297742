/**
 * What a stream's records look like: from a JSON Schema or OpenAPI file, or from
 * records.
 *
 * @module
 */

import { ConfigError, type Json, type JsonObject } from "@dstream/sdk";
import {
  type FieldType,
  type SchemaField,
  schemaOfJsonSchema,
  type TableSchema,
} from "@dstream/sdk/changes";
import type { StreamConfig } from "./config.ts";
import { isRecord, numberText } from "./exact.ts";

/** @throws {ConfigError} For a file or a place in it that is no schema. */
export async function readSchema(stream: StreamConfig): Promise<TableSchema> {
  const { file, pointer } = stream.schema!;
  const whole = await parseFile(file);
  const schema = at(whole, pointer);
  if (schema === undefined) {
    throw new ConfigError(
      "schema.pointer",
      `"${file}" has no object at "${pointer}"`,
      "for example #/components/schemas/Order",
    );
  }
  // References of an OpenAPI file lead to places in the whole of it.
  const { components, definitions, $defs } = whole as JsonObject;
  const known = { components, definitions, $defs, ...schema };
  return schemaOfJsonSchema(stream.name, withoutNothing(known), stream.key);
}

async function parseFile(file: string): Promise<Json> {
  const text = await Deno.readTextFile(file).catch((error) => {
    throw new ConfigError(
      "schema.file",
      `cannot read "${file}": ${error.message}`,
    );
  });
  try {
    if (!/\.ya?ml$/i.test(file)) return JSON.parse(text);
    const { parse } = await import("yaml");
    return parse(text);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new ConfigError("schema.file", `"${file}" can't be read: ${reason}`);
  }
}

/** Source: RFC 6901, 4 and 6. */
function at(whole: Json, pointer: string): JsonObject | undefined {
  let value: unknown = whole;
  for (const step of pointer.replace(/^#/, "").split("/").slice(1)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/")
      .replaceAll("~0", "~");
    value = typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)[name]
      : undefined;
  }
  return isRecord(value) ? value : undefined;
}

function withoutNothing(schema: Record<string, unknown>): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).filter(([, value]) => value !== undefined),
  ) as JsonObject;
}

/** What all of these records fit; undefined of none. */
export function inferSchema(
  { name, key }: Pick<StreamConfig, "name" | "key">,
  records: readonly JsonObject[],
): TableSchema | undefined {
  if (records.length === 0) return undefined;
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const fields = names.map((field): SchemaField => {
    const values = records.map((record) => record[field]);
    const isKey = key?.includes(field) ?? false;
    return {
      name: field,
      ...typeOf(values),
      // The next page may not have it.
      ...(isKey ? {} : { nullable: true }),
    };
  });
  return { table: name, ...(key === undefined ? {} : { key }), fields };
}

function typeOf(values: readonly unknown[]): FieldType {
  const found = new Set(
    values.filter((value) => value !== null && value !== undefined).map(kindOf),
  );
  if (found.size === 1) return { type: [...found][0] };
  const isNumber = found.size > 0 &&
    [...found].every((kind) => kind === "int64" || kind === "float64");
  return { type: isNumber ? "float64" : found.size === 0 ? "any" : "json" };
}

function kindOf(value: unknown): FieldType["type"] {
  const digits = numberText(value);
  if (digits !== undefined) {
    return /^-?\d{1,18}$/.test(digits) ? "int64" : "float64";
  }
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "string" : "json";
}
