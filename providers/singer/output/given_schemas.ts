/**
 * `schema = "…"`: what is known of streams whose input says nothing.
 *
 * @module
 */

import { ConfigError, type JsonObject } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { asObject } from "../json.ts";
import type { SchemaSource } from "./target_stream.ts";

/** @returns The schema of a stream, if there is one. */
export type GivenSchemas = (stream: string) => SchemaSource | undefined;

/** @throws {ConfigError} for a file that holds none. */
export async function readGivenSchemas(
  schema: string | undefined,
): Promise<GivenSchemas> {
  if (schema === undefined) return () => undefined;
  const inferred: SchemaSource = { kind: "inferred" };
  if (schema === "infer") return () => inferred;
  const object = await readObject(schema);
  if (isSchema(object)) {
    const source: SchemaSource = { kind: "given", schema: object };
    return () => source;
  }
  const sources = new Map<string, SchemaSource>();
  for (const [stream, value] of Object.entries(object)) {
    const schema = asObject(value);
    if (schema === undefined) throw wrong(`of "${stream}" it has no schema`);
    sources.set(stream, { kind: "given", schema });
  }
  return (stream) => sources.get(stream);
}

async function readObject(path: string): Promise<JsonObject> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError("schema", `cannot read the schema "${path}": ${why}`);
  }
  try {
    const object = asObject(parseExactJson(text));
    if (object !== undefined) return object;
  } catch {
    // Told below.
  }
  throw wrong("it is no JSON object");
}

function isSchema(object: JsonObject): boolean {
  return typeof object.type === "string" || Array.isArray(object.type) ||
    asObject(object.properties)?.properties === undefined &&
      asObject(object.properties) !== undefined;
}

function wrong(why: string): ConfigError {
  return new ConfigError("schema", `the file in schema can't be used: ${why}`);
}
