/**
 * Looking into values that somebody else wrote.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";

/** @returns The object, or `undefined` for anything else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

/** @returns The text, or `undefined` for anything else and for none. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** @returns The texts of a list; nothing of anything else. */
export function asNames(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? value.filter((each) => typeof each === "string")
    : [];
}
