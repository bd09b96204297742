/**
 * Arguments as plain TypeScript values.
 *
 * By the time a function is called its arguments have the types it declared
 * (expressions/call.ts saw to that), so these only take the wrapping off and
 * check what a type can't say.
 *
 * @module
 */

import { toInteger, toSafeInteger } from "../expressions/number.ts";
import { describeValue } from "../expressions/types.ts";
import {
  type ListValue,
  listValue,
  type ObjectValue,
  stringValue,
  type Type,
  type Value,
} from "../value.ts";
import { FunctionError } from "./definition.ts";

/** A parameter's type for {@link FunctionDefinition}. */
export const STRING: Type = { kind: "string" };
export const NUMBER: Type = { kind: "number" };
export const BOOLEAN: Type = { kind: "boolean" };
export const ANY: Type = { kind: "dynamic" };
export const STRINGS: Type = { kind: "list", element: STRING };
export const LIST: Type = { kind: "list", element: ANY };

/** The text of a string argument. */
export function textOf(value: Value): string {
  if (value.kind === "string") return value.value;
  throw new FunctionError(`a string is required, got ${describeValue(value)}`);
}

/** The digits of a number argument. */
export function digitsOf(value: Value): string {
  if (value.kind === "number") return value.digits;
  throw new FunctionError(`a number is required, got ${describeValue(value)}`);
}

/** A number argument that has to be whole, within ±2^53. */
export function integerOf(value: Value, name: string): number {
  const integer = toSafeInteger(digitsOf(value));
  if (integer !== undefined) return integer;
  const isTooLarge = toInteger(digitsOf(value)) !== undefined;
  throw new FunctionError(
    `"${name}" ${isTooLarge ? "is too large" : "must be a whole number"}`,
    { about: value },
  );
}

/** A list, set or tuple. */
export function listOf(value: Value, name: string): ListValue {
  if (value.kind === "list") return value;
  throw new FunctionError(
    `"${name}" must be a list, got ${describeValue(value)}`,
    { about: value, code: "config.function_argument", isPublic: true },
  );
}

/** A map or object. */
export function objectOf(value: Value, name: string): ObjectValue {
  if (value.kind === "object") return value;
  throw new FunctionError(
    `"${name}" must be an object, got ${describeValue(value)}`,
    { about: value, code: "config.function_argument", isPublic: true },
  );
}

/** The texts of a list of strings, none of which may be null. */
export function textsOf(value: Value, name: string): string[] {
  return listOf(value, name).items.map((item, i) => {
    if (item.kind === "string") return item.value;
    throw new FunctionError(`item ${i} of "${name}" must not be null`);
  });
}

/** Texts as a list of strings. */
export function listOfTexts(texts: readonly string[]): ListValue {
  return listValue(texts.map(stringValue), {
    kind: "list",
    element: { kind: "string" },
  });
}
