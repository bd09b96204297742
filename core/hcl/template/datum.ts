/**
 * The values templates work with, and how Go prints them.
 *
 * @module
 */

import type { Span } from "../syntax_tree.ts";

/** Go's `nil`, `bool`, `int`, `float64`, `string`, slices, maps, `time.Time`. */
export type Datum =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Datum[]
  | ReadonlyMap<string, Datum>
  | Moment;

/** A point in time; printed in the zone of the machine, as Go does. */
export class Moment {
  /** @param wallMs Milliseconds since 1970. */
  constructor(readonly wallMs: number) {}
}

/** A variable that is asked for and not set: an error as soon as it is used. */
export interface Unset {
  readonly name: string;
  /** Where it is asked for, in the text as written. */
  readonly span: Span;
}

/** A value with what must be remembered about it. */
export interface Result {
  readonly value: Datum;
  /**
   * What of it came from the environment, as it was there; empty texts for what
   * a default replaced. Not empty: it is sensitive.
   */
  readonly secrets: readonly string[];
  readonly unset?: Unset;
  /** The text is a literal (`quote`, `toJson`): `${` in it is never HCL's. */
  readonly isLiteral?: boolean;
}

/** The Go name of a value's type, for messages. */
export function typeName(value: Datum): string {
  if (value === null) return "nil";
  if (typeof value === "bigint") return "an integer";
  if (typeof value === "number") return "a float";
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "string") return "a string";
  if (value instanceof Moment) return "a time";
  return Array.isArray(value) ? "a list" : "a dict";
}

export function isList(value: Datum): value is readonly Datum[] {
  return Array.isArray(value);
}

export function isDict(value: Datum): value is ReadonlyMap<string, Datum> {
  return value instanceof Map;
}

/** Go's idea of false: the zero value of every type. */
export function isEmpty(value: Datum): boolean {
  if (value === null || value === false || value === "") return true;
  if (value === 0n || value === 0) return true;
  if (isList(value)) return value.length === 0;
  return isDict(value) && value.size === 0;
}

/** A dict's entries in the order Go visits them: by key. */
export function sortedEntries(
  dict: ReadonlyMap<string, Datum>,
): [string, Datum][] {
  return [...dict].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** What Go's `encoding/json` writes, its HTML escapes included. */
export function toJson(value: Datum): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Moment) {
    return JSON.stringify(new Date(value.wallMs).toISOString());
  }
  if (isList(value)) return `[${value.map(toJson).join(",")}]`;
  if (isDict(value)) {
    const entries = sortedEntries(value)
      .map(([key, item]) => `${toJson(key)}:${toJson(item)}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
