/**
 * From what an expression gives to JSON text.
 *
 * @module
 */

import { LineProblem } from "./verdict.ts";

/** Deeper values come only from expressions that nobody means. */
const MAX_DEPTH = 200;

/**
 * @returns Nothing for an empty optional.
 * @throws {LineProblem} For what JSON has no word for.
 */
export function toJsonText(value: unknown): string | undefined {
  if (!isOptional(value)) return write(value, 0);
  return value.hasValue() ? write(value.value(), 0) : undefined;
}

interface Optional {
  hasValue(): boolean;
  value(): unknown;
}

function isOptional(value: unknown): value is Optional {
  return typeof value === "object" && value !== null && "hasValue" in value &&
    typeof value.hasValue === "function";
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return String(value);
    case "number":
      return writeNumber(value);
    case "object":
      if (depth > MAX_DEPTH) throw new LineProblem("the result is too deep");
      return value === null ? "null" : writeObject(value, depth + 1);
    default:
      throw new LineProblem(`the result is a ${typeof value}, not JSON`);
  }
}

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return JSON.stringify(value);
  throw new LineProblem(`the result is ${value}, which JSON has no word for`);
}

function writeObject(value: object, depth: number): string {
  if (Array.isArray(value) || value instanceof Set) {
    return `[${[...value].map((item) => write(item, depth)).join(",")}]`;
  }
  if (value instanceof Map) return writeFields(value, depth);
  if (value instanceof Uint8Array) return JSON.stringify(value.toBase64());
  if (value instanceof Date) return JSON.stringify(writeTime(value));
  const isPlain = value.constructor === Object ||
    Object.getPrototypeOf(value) === null;
  if (isPlain) return writeFields(Object.entries(value), depth);
  return writeSpecial(value);
}

function writeFields(
  fields: Iterable<readonly [unknown, unknown]>,
  depth: number,
): string {
  const written = Array.from(
    fields,
    ([name, each]) => `${JSON.stringify(String(name))}:${write(each, depth)}`,
  );
  return `{${written.join(",")}}`;
}

function writeTime(time: Date): string {
  if (Number.isNaN(time.getTime())) {
    throw new LineProblem("the result is no valid time");
  }
  return time.toISOString();
}

/** Unsigned integers, durations (`3600s`), types (`string`). */
function writeSpecial(value: object): string {
  const primitive = value.valueOf();
  if (typeof primitive === "bigint") return String(primitive);
  const isType = "name" in value && typeof value.name === "string";
  return JSON.stringify(isType ? value.name : String(value));
}
