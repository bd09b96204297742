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

/**
 * What a stream's records look like so far. It grows wider as they come: a field
 * that is new is added, one of several types becomes the type that holds them all.
 */
export class InferredSchema {
  readonly #stream: Pick<StreamConfig, "name" | "key">;
  readonly #types = new Map<string, FieldType["type"]>();
  #schema: TableSchema | undefined;

  constructor(stream: Pick<StreamConfig, "name" | "key">) {
    this.#stream = stream;
  }

  /** The schema that these fit too; undefined before the first record. */
  with(records: readonly JsonObject[]): TableSchema | undefined {
    let isWider = false;
    for (const record of records) {
      for (const [field, value] of Object.entries(record)) {
        const known = this.#types.get(field);
        const type = wider(known, kindOf(value));
        if (type === known) continue;
        this.#types.set(field, type);
        isWider = true;
      }
    }
    if (isWider) this.#schema = this.#made();
    return this.#schema;
  }

  #made(): TableSchema {
    const { name, key } = this.#stream;
    const fields = [...this.#types].map(([field, type]): SchemaField => ({
      name: field,
      type,
      // The next page may not have it.
      ...(key?.includes(field) ? {} : { nullable: true }),
    }));
    return { table: name, ...(key === undefined ? {} : { key }), fields };
  }
}

/** The type that holds values of both. */
function wider(
  known: FieldType["type"] | undefined,
  found: FieldType["type"],
): FieldType["type"] {
  if (known === undefined || known === "any") return found;
  if (found === "any" || found === known) return known;
  const isNumber = (type: string) => type === "int64" || type === "float64";
  return isNumber(known) && isNumber(found) ? "float64" : "json";
}

function kindOf(value: unknown): FieldType["type"] {
  if (value === null) return "any";
  const digits = numberText(value);
  if (digits !== undefined) {
    return /^-?\d{1,18}$/.test(digits) ? "int64" : "float64";
  }
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "string" : "json";
}
