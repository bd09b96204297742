/**
 * The text of a row → its values, without a digit lost.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";

/** So many characters of a number can be more than a double has. */
const LONG_NUMBER = /[\d.]{16}/;
const EXACT_DIGITS = 15;

/** @returns `undefined` for what is no object. */
export function parseRow(text: string): Record<string, Json> | undefined {
  const value = parseExact(text);
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  return isObject ? value as Record<string, Json> : undefined;
}

/** JSON, where a number that a double can't hold is the text of its digits. */
export function parseExact(text: string): Json {
  return LONG_NUMBER.test(text)
    ? JSON.parse(text, withDigits as Reviver)
    : JSON.parse(text);
}

type Reviver = (key: string, value: unknown) => unknown;

function withDigits(
  _key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  if (typeof value !== "number") return value;
  const source = context?.source;
  if (source === undefined) return value;
  const digits = source.replace(/e.*$/i, "").replaceAll(/[-.]|^0+/g, "");
  return digits.length > EXACT_DIGITS && String(value) !== source
    ? source
    : value;
}
