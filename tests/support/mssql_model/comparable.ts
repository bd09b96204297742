/**
 * The order SQL Server gives values of a type.
 *
 * @module
 */

import type { SqlValue } from "../tds/column_type.ts";
import { parseDateTime, toUtc } from "../tds/dates.ts";
import { type DecimalValue, toScaled } from "../tds/decimals.ts";
import { parseSqlType } from "../tds/sql_type.ts";

/** A value that `<` orders as SQL Server does. */
export type Comparable = string | number | bigint;

const DAY_TICKS = 864_000_000_000n;

/** @returns A stored value, or the text of one, in its order; NULL is lowest. */
export function comparable(value: SqlValue, typeText: string): Comparable {
  if (value === null) return Number.NEGATIVE_INFINITY;
  const { name, scale } = parseSqlType(typeText);
  switch (name) {
    case "bit":
      return value === true || value === 1 || value === "1" ? 1 : 0;
    case "bigint":
      return BigInt(value as string);
    case "tinyint":
    case "smallint":
    case "int":
    case "float":
    case "real":
      return Number(value);
    case "decimal":
    case "numeric":
      return toScaled(value as DecimalValue, scale);
    case "money":
    case "smallmoney":
      return toScaled(value as DecimalValue, 4);
    case "uniqueidentifier":
      return guidOrder(String(value));
    case "binary":
    case "varbinary":
      return hex(value);
    default:
      return isDate(name) ? ticks(value) : fold(String(value));
  }
}

/** Compares the first that differ. */
export function compareAll(
  a: readonly Comparable[],
  b: readonly Comparable[],
): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] < b[i]) return -1;
    if (a[i] > b[i]) return 1;
  }
  return 0;
}

function isDate(name: string): boolean {
  return name.includes("date") || name === "time";
}

function ticks(value: SqlValue): bigint {
  const { days, ticks } = toUtc(parseDateTime(value as string));
  return BigInt(days) * DAY_TICKS + BigInt(ticks);
}

/** Small and capital letters are one to most collations; trailing spaces none. */
function fold(text: string): string {
  return text.trimEnd().toLowerCase();
}

/** The last six bytes count most, then the groups from right to left. */
function guidOrder(text: string): string {
  const hex = text.replaceAll("-", "").toUpperCase();
  const reversed = (from: number, to: number) =>
    hex.slice(from, to).match(/../g)!.reverse().join("");
  return hex.slice(20) + hex.slice(16, 20) + reversed(12, 16) +
    reversed(8, 12) + reversed(0, 8);
}

function hex(value: SqlValue): string {
  if (typeof value === "string") return value.toUpperCase();
  return [...value as Uint8Array]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}
