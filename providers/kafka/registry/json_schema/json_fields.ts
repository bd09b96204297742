/**
 * A JSON Schema → the types of fields.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { schemaOfJsonSchema } from "@dstream/sdk/changes";
import type { Shape } from "../shape.ts";

/** @returns undefined for a schema that names no columns. */
export function jsonShape(text: string): Shape | undefined {
  const jsonSchema = parsed(text);
  if (jsonSchema === undefined) return undefined;
  const { fields } = schemaOfJsonSchema("", jsonSchema);
  return fields.length === 0 ? undefined : { fields, jsonSchema };
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null;
    return isObject && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
