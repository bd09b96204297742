/**
 * What an expression evaluates to.
 *
 * Numbers keep the digits they were written with, so a value that is only passed
 * on is never rounded. `isSensitive` marks what must not be printed; whatever is
 * made from a sensitive value is sensitive too, and everything inside a
 * sensitive list or object counts as sensitive.
 *
 * @module
 */

import type { SourceText } from "./source_text.ts";
import type { Span } from "./syntax_tree.ts";

interface Common {
  readonly isSensitive?: boolean;
  /** Where it was written, when it stands in the file as such. */
  readonly span?: Span;
  /** The text `span` counts in: a value may come from another file. */
  readonly source?: SourceText;
}

/** Any value of the language. */
export type Value =
  | NullValue
  | BooleanValue
  | NumberValue
  | StringValue
  | ListValue
  | ObjectValue;

export interface NullValue extends Common {
  readonly kind: "null";
  /** What it would be if it were something; absent: anything. */
  readonly type?: Type;
}
export interface BooleanValue extends Common {
  readonly kind: "boolean";
  readonly value: boolean;
}
/** `digits` is a valid JSON number. */
export interface NumberValue extends Common {
  readonly kind: "number";
  readonly digits: string;
}
export interface StringValue extends Common {
  readonly kind: "string";
  readonly value: string;
}
/** Lists, sets and tuples of HCL. */
export interface ListValue extends Common {
  readonly kind: "list";
  readonly items: readonly Value[];
  /** Absent: a tuple, where each item has a type of its own. */
  readonly type?: SequenceType;
}
/** Maps and objects of HCL. */
export interface ObjectValue extends Common {
  readonly kind: "object";
  readonly entries: ReadonlyMap<string, Value>;
  /** Absent: an object, where each entry has a type of its own. */
  readonly type?: MapType;
}

/** The type of a value, or of a parameter or variable (then with "dynamic"). */
export type Type =
  | { readonly kind: "dynamic" | "boolean" | "number" | "string" }
  | SequenceType
  | MapType
  | { readonly kind: "tuple"; readonly elements: readonly Type[] }
  | ObjectType;

/** All items of one type; a set is sorted, without repetition or index. */
export interface SequenceType {
  readonly kind: "list" | "set";
  readonly element: Type;
}
/** All entries of one type. */
export interface MapType {
  readonly kind: "map";
  readonly element: Type;
}
/** Named attributes; the `optional` ones may be left out when converting. */
export interface ObjectType {
  readonly kind: "object";
  readonly attributes: ReadonlyMap<string, Type>;
  /** Name → what stands in for a missing one (null when `undefined`). */
  readonly optional?: ReadonlyMap<string, Value | undefined>;
}

/** Text as a value. */
export function stringValue(value: string): StringValue {
  return { kind: "string", value };
}

/** `true` or `false` as a value. */
export function booleanValue(value: boolean): BooleanValue {
  return { kind: "boolean", value };
}

/** @param digits A valid JSON number, or a safe integer. */
export function numberValue(digits: string | number | bigint): NumberValue {
  return { kind: "number", digits: String(digits) };
}

/** @param type Absent: a tuple. */
export function listValue(
  items: readonly Value[],
  type?: SequenceType,
): ListValue {
  return type === undefined
    ? { kind: "list", items }
    : { kind: "list", items, type };
}

/** @param type Absent: an object. */
export function objectValue(
  entries: Iterable<readonly [string, Value]>,
  type?: MapType,
): ObjectValue {
  const map = entries instanceof Map ? entries : new Map(entries);
  return type === undefined
    ? { kind: "object", entries: map }
    : { kind: "object", entries: map, type };
}

/** @param type Absent: a null of any type. */
export function nullValue(type?: Type): NullValue {
  return type === undefined || type.kind === "dynamic"
    ? { kind: "null" }
    : { kind: "null", type };
}

/** The same value, not to be printed. */
export function markSensitive<T extends Value>(value: T): T {
  return value.isSensitive ? value : { ...value, isSensitive: true };
}

/** The same value; not to be printed if `isSensitive`. */
export function markSensitiveIf<T extends Value>(
  value: T,
  isSensitive: boolean | undefined,
): T {
  return isSensitive ? markSensitive(value) : value;
}

/** Whether the value or anything inside it is sensitive. */
export function hasSensitive(value: Value): boolean {
  if (value.isSensitive) return true;
  if (value.kind === "list") return value.items.some(hasSensitive);
  if (value.kind !== "object") return false;
  for (const entry of value.entries.values()) {
    if (hasSensitive(entry)) return true;
  }
  return false;
}

/** The texts (strings and numbers) of everything sensitive inside. */
export function* sensitiveTexts(
  value: Value,
  isInside = false,
): Generator<string> {
  const isSensitive = isInside || value.isSensitive === true;
  switch (value.kind) {
    case "string":
      if (isSensitive) yield value.value;
      return;
    case "number":
      if (isSensitive) yield value.digits;
      return;
    case "list":
      for (const item of value.items) yield* sensitiveTexts(item, isSensitive);
      return;
    case "object":
      for (const entry of value.entries.values()) {
        yield* sensitiveTexts(entry, isSensitive);
      }
      return;
    case "null":
    case "boolean":
      return;
  }
}
