/**
 * JSON values as HCL text: what `show` and `provider inspect` print.
 *
 * @module
 */

import type { Json } from "../../core/protocol/envelope.ts";

/** A number with the digits it was written with. */
export class WrittenNumber {
  constructor(readonly digits: string) {}
}

/** JSON whose numbers may be kept as written. */
export type PreciseJson =
  | Json
  | WrittenNumber
  | readonly PreciseJson[]
  | { readonly [key: string]: PreciseJson };

const INDENT = "  ";

/** `name {` … `}`, equal signs aligned, as `dstream fmt` would. */
export function toHclBlock(
  name: string,
  attributes: Readonly<Record<string, PreciseJson>>,
  depth: number,
): string {
  const pad = INDENT.repeat(depth);
  const lines = toHclAttributes(attributes, depth + 1);
  if (lines === "") return `${pad}${name} {}`;
  return `${pad}${name} {\n${lines}\n${pad}}`;
}

/** `key = value` lines, aligned where they follow each other on one line. */
export function toHclAttributes(
  attributes: Readonly<Record<string, PreciseJson>>,
  depth: number,
): string {
  const pad = INDENT.repeat(depth);
  const entries = Object.entries(attributes).map(([key, value]) =>
    [toKey(key), toHclValue(value, depth)] as const
  );
  const width = Math.max(0, ...entries.map(([key]) => key.length));
  return entries
    .map(([key, value]) => `${pad}${key.padEnd(width)} = ${value}`)
    .join("\n");
}

function toHclValue(value: PreciseJson, depth: number): string {
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof WrittenNumber) return value.digits;
  if (Array.isArray(value)) {
    return `[${value.map((item) => toHclValue(item, depth)).join(", ")}]`;
  }
  const inner = toHclAttributes(
    value as Readonly<Record<string, PreciseJson>>,
    depth + 1,
  );
  return inner === "" ? "{}" : `{\n${inner}\n${INDENT.repeat(depth)}}`;
}

/** Parses JSON text, numbers kept as written. */
export function parsePrecise(text: string): PreciseJson {
  type Reviver = (
    key: string,
    value: unknown,
    context: { readonly source: string },
  ) => unknown;
  const keep: Reviver = (_key, value, { source }) =>
    typeof value === "number" ? new WrittenNumber(source) : value;
  const parse = JSON.parse as (text: string, reviver: Reviver) => PreciseJson;
  return parse(text, keep);
}

/** JSON text again, every digit as it was. */
export function formatPrecise(value: unknown): string {
  const raw = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
  return JSON.stringify(
    value,
    (_key, each) => each instanceof WrittenNumber ? raw(each.digits) : each,
    2,
  );
}

function toKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : quote(key);
}

/** HCL's escapes are JSON's; `${` and `%{` begin templates and are doubled. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, "$&$&");
}
