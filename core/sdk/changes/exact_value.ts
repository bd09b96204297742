/**
 * Values in JSON without a digit lost, the same from every source.
 *
 * Integers beyond 2^53 and decimals are strings of all digits, dates and times ISO
 * 8601 as the source has them, bytes base64, special floats the strings `NaN`,
 * `Infinity` and `-Infinity`. An option makes numbers of what fits.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "../../protocol/envelope.ts";

/** How exact numbers are written. */
export interface ExactOptions {
  /**
   * `string` (as a rule): all of a column's decimals are. `number`: those that a
   * double holds, so the others stand out as strings.
   */
  readonly decimals?: "string" | "number";
}

/** Every decimal of this many digits comes back from a double. */
const EXACT_DIGITS = 15;

/** A whole number: a JSON number where every reader sees the same one. */
export function exactInteger(value: bigint | number | string): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number + 0 : String(value);
}

/** @param text As SQL writes it: `-12.50`, `.5`. */
export function exactDecimal(
  text: string,
  { decimals = "string" }: ExactOptions = {},
): Json {
  const whole = text.replace(/^([+-]?)\./, "$10.").replace(/^\+/, "");
  if (decimals === "string") return whole;
  const digits = whole.replace(/^-?0*\.?0*|\./g, "").length;
  return digits <= EXACT_DIGITS && Number.isFinite(Number(whole))
    ? Number(whole)
    : whole;
}

/** A double. */
export function exactFloat(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** A 32-bit float: the shortest text that is this one and no other. */
export function exactFloat32(value: number): Json {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Base64. */
export function exactBytes(bytes: Uint8Array): Json {
  const { buffer, byteOffset, length } = bytes;
  return Buffer.from(buffer, byteOffset, length).toString("base64");
}

/** `2026-01-02 03:04:05.6 +02:00` → `2026-01-02T03:04:05.6+02:00`. */
export function exactTime(text: string): string {
  return text.replace(/^(\d{4,}-\d\d-\d\d) (?=\d)/, "$1T")
    .replace(/ (?=[+-]\d\d:?\d\d$|Z$)/, "")
    .replace(/(:\d\d(?:\.\d+)?[+-]\d\d)$/, "$1:00")
    .replace(/(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)$/, "$1:$2");
}
