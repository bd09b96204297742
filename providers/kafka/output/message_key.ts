/**
 * The key of a message: the same bytes for the same row, always.
 *
 * @module
 */

import type { Json } from "@dstream/sdk";

/** How key columns are written. */
export type KeyFormat = "json" | "text";

/**
 * The values of a row's key columns, in the key's order.
 *
 * @param text The row, as it came.
 * @returns undefined where the row is no object, or a column isn't in it.
 */
export function keyColumns(
  text: string,
  columns: readonly string[],
): Json[] | undefined {
  const row = valuesOf(JSON.parse(text), columns);
  // A double may have lost digits: they are in the text.
  return row?.some(isInexact) ? valuesOf(withDigits(text), columns) : row;
}

/**
 * Its text: `{"id":7}`, or `7`; numbers are written in one way (1.50 as 1.5), so that
 * the key doesn't change with how a source writes them.
 *
 * @example
 * ```ts ignore
 * keyBytes(["id"], [7], "json"); // {"id":7}
 * keyBytes(["id"], ["7"], "text"); // 7
 * ```
 */
export function keyText(
  columns: readonly string[],
  values: readonly Json[],
  format: KeyFormat,
): string {
  if (format === "json") {
    const members = columns.map((name, index) =>
      `${JSON.stringify(name)}:${canonical(values[index])}`
    );
    return `{${members.join(",")}}`;
  }
  const [value] = values;
  if (values.length === 1) {
    return typeof value === "string" ? value : canonical(value);
  }
  return `[${values.map(canonical).join(",")}]`;
}

function valuesOf(row: Json, columns: readonly string[]): Json[] | undefined {
  if (typeof row !== "object" || row === null) return undefined;
  const values: Json[] = [];
  for (const name of columns) {
    if (!Object.hasOwn(row, name)) return undefined;
    values.push((row as Record<string, Json>)[name]);
  }
  return values;
}

/** Objects with sorted members, nothing between them. */
function canonical(value: Json | Digits): string {
  if (value instanceof Digits) return value.text;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.keys(value).sort().map((name) =>
    `${JSON.stringify(name)}:${
      canonical((value as Record<string, Json>)[name])
    }`
  );
  return `{${members.join(",")}}`;
}

/** A number that no double holds. */
class Digits {
  constructor(readonly text: string) {}
}

function isInexact(value: Json): boolean {
  if (typeof value === "number") return !Number.isSafeInteger(value);
  return typeof value === "object" && value !== null;
}

function withDigits(text: string): Json {
  return JSON.parse(
    text,
    function (_key, value, context?: { source?: string }) {
      if (typeof value !== "number" || context?.source === undefined) {
        return value;
      }
      return isSame(value, context.source)
        ? value
        : new Digits(shortened(context.source));
    } as (key: string, value: unknown) => unknown,
  );
}

/** Whether the double is written as this number is. */
function isSame(value: number, source: string): boolean {
  return /e/i.test(source) || String(value) === shortened(source);
}

/** Without zeros that say nothing: `1.50` → `1.5`, `-0.0` → `0`. */
function shortened(source: string): string {
  const text = source.includes(".") && !/e/i.test(source)
    ? source.replace(/0+$/, "").replace(/\.$/, "")
    : source;
  return text === "-0" ? "0" : text;
}
