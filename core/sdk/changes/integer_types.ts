/**
 * Which integers a type holds, in JSON Schema's `minimum` and `maximum`.
 *
 * @module
 */

import type { FieldTypeName } from "../../protocol/schema.ts";

/** From the smallest up; those of 64 bits have bounds that no double holds. */
const RANGES = [
  ["int8", -128, 127],
  ["uint8", 0, 255],
  ["int16", -32768, 32767],
  ["uint16", 0, 65535],
  ["int32", -2147483648, 2147483647],
  ["uint32", 0, 4294967295],
] as const;

/** The bounds of a type; none of `int64`. */
export function boundsOf(
  type: FieldTypeName,
): { minimum?: number; maximum?: number } {
  const found = RANGES.find(([name]) => name === type);
  if (found !== undefined) return { minimum: found[1], maximum: found[2] };
  return type === "uint64" ? { minimum: 0 } : {};
}

/** The smallest type that holds all integers between the two. */
export function smallestInteger(
  minimum: unknown,
  maximum: unknown,
): FieldTypeName {
  const least = typeof minimum === "number" ? minimum : -Infinity;
  const most = typeof maximum === "number" ? maximum : Infinity;
  const found = RANGES.find(([, from, to]) => from <= least && to >= most);
  if (found !== undefined) return found[0];
  return least >= 0 && most > Number.MAX_SAFE_INTEGER ? "uint64" : "int64";
}
