/**
 * What stands in an answer, with every digit it was written with.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import { valueAt } from "../../web/mod.ts";

/** A text, number or boolean as text; undefined for everything else and for "". */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "boolean") return String(value);
  return numberText(value);
}

/** The digits of a number. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return isRaw(value) ? value.rawJSON : undefined;
}

/** A number that a double would change; see `parseExactJson`. */
function isRaw(value: unknown): value is { readonly rawJSON: string } {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean })
    .isRawJSON(value);
}

/** A record: an object, and no number with digits of its own. */
export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null &&
    !Array.isArray(value) && !isRaw(value);
}

/** The values of these fields as text, `null` for one that isn't there. */
export function keyOf(record: Json, key: readonly string[]): string {
  return JSON.stringify(key.map((field) => valueAt(record, field) ?? null));
}
