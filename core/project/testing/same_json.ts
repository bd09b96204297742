/**
 * Whether JSON values are the same: the order of keys doesn't matter, and numbers are
 * compared by all their digits.
 *
 * @module
 */

import { isJsonObject } from "../../base/json.ts";
import { parseExactJson } from "../../protocol/exact_json.ts";

/** @param isPart Keys that `expected` doesn't have are left alone, at any depth. */
export function sameJson(
  expected: string,
  actual: string,
  isPart = false,
): boolean {
  return same(parseExactJson(expected), parseExactJson(actual), isPart);
}

/** `actual` without the keys that `expected` doesn't have, at any depth. */
export function asFarAs(expected: string, actual: string): string {
  const part = partOf(parseExactJson(expected), parseExactJson(actual));
  return JSON.stringify(part);
}

function partOf(expected: unknown, actual: unknown): unknown {
  const areObjects = isJsonObject(expected) && isJsonObject(actual) &&
    !isNumber(expected) && !isNumber(actual);
  if (!areObjects) return actual;
  const keys = Object.keys(actual).filter((key) =>
    Object.hasOwn(expected, key)
  );
  return Object.fromEntries(
    keys.map((key) => [key, partOf(expected[key], actual[key])]),
  );
}

function same(expected: unknown, actual: unknown, isPart: boolean): boolean {
  if (isNumber(expected) && isNumber(actual)) {
    return sameNumber(JSON.stringify(expected), JSON.stringify(actual));
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return expected.length === actual.length &&
      expected.every((item, i) => same(item, actual[i], isPart));
  }
  if (isJsonObject(expected) && isJsonObject(actual)) {
    const keys = Object.keys(expected);
    return (isPart || keys.length === Object.keys(actual).length) &&
      keys.every((key) =>
        Object.hasOwn(actual, key) && same(expected[key], actual[key], isPart)
      );
  }
  return expected === actual;
}

/** A double, or one that keeps its text. */
function isNumber(value: unknown): boolean {
  if (typeof value === "number") return true;
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) && /^-?\d/.test(JSON.stringify(value));
}

function sameNumber(left: string, right: string): boolean {
  return left === right || digitsOf(left) === digitsOf(right);
}

/** `-12.50e3` → `-125e2`: sign, digits without zeros around them, exponent. */
function digitsOf(text: string): string {
  const [, sign, whole, fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const digits = (whole + fraction).replace(/^0+/, "");
  const short = digits.replace(/0+$/, "");
  if (short === "") return "0";
  const exponent = Number(power) - fraction.length + digits.length -
    short.length;
  return `${sign}${short}e${exponent}`;
}
