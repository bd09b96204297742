/**
 * Words and small questions for checking a config: how types, values and paths
 * are called, and what a value measures.
 *
 * @module
 */

import { parseDurationMs, parseSizeBytes } from "../base/units.ts";
import type { JsonType, SchemaView } from "./config_schema.ts";
import { canonical } from "./load/config_places.ts";
import { toJson, type Value } from "../hcl/mod.ts";

/** Keys and indexes, from the config block down. */
export type Path = readonly (string | number)[];

/** What a type is called in a message. */
export const TYPE_WORDS: Readonly<Record<JsonType, string>> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a block",
  array: "a list",
  null: "null",
};

const PATTERN_WORDS: Readonly<Record<string, string>> = {
  "^[+-]?[0-9]+$": "be a whole number",
  "^[-+.0-9eE]+$": "be a number",
};

/** Whether a value is of one of the types; no types: of any. */
export function hasType(value: Value, types: readonly JsonType[]): boolean {
  if (types.length === 0) return true;
  switch (value.kind) {
    case "number":
      return types.includes("number") ||
        (types.includes("integer") && Number.isInteger(Number(value.digits)));
    case "list":
      return types.includes("array");
    default:
      return types.includes(value.kind);
  }
}

/** What `minimum` and `maximum` count: also of a duration or size as text. */
export function measure(value: Value, format: unknown): number | undefined {
  if (value.kind === "number") return Number(value.digits);
  if (value.kind !== "string") return undefined;
  if (format === "go-duration") return parseDurationMs(value.value);
  return format === "byte-size" ? parseSizeBytes(value.value) : undefined;
}

/** The longest text of a provider that is said in its place. */
const MOST_WORDS = 300;

/** What a text must do that a provider's spec describes by a pattern. */
export function patternWords({ schema }: SchemaView, pattern: string): string {
  const says = schema["x-pattern-says"];
  if (typeof says === "string" && says.length <= MOST_WORDS) return says;
  return `must ${PATTERN_WORDS[pattern] ?? `match ${pattern}`}`;
}

/** A pattern that can't be read is for the provider to judge. */
export function matches(text: string, pattern: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true; // A pattern only the provider understands.
  }
}

/** Whether a key is documented, in whatever spelling. */
export function isDeclared(key: string, view: SchemaView): boolean {
  return view.keys.some((one) => canonical(one) === canonical(key));
}

/** A value in a message: short, and no secret. */
export function shown(value: Value, isSecret: boolean): string {
  if (isSecret) return "a sensitive value";
  if (value.kind === "list") return "a list";
  if (value.kind === "object") return "a block";
  const json = toJson(value);
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}

/** `a.b[0]`, the way it is written in HCL. */
export function dotted(path: Path): string {
  return path.map((part, i) => {
    if (typeof part === "number") return `[${part}]`;
    if (!/^[\w-]+$/.test(part)) return `["${part}"]`;
    return i === 0 ? part : `.${part}`;
  }).join("");
}
