/**
 * Counts since 1970 ⇄ times as every input writes them.
 *
 * @module
 */

import { RowProblem } from "./problems.ts";

const MS_PER_DAY = 86_400_000;
const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

/** How many nanoseconds each unit of a count has. */
export const NANOS = {
  millis: NANOS_PER_MS,
  micros: 1000n,
  nanos: 1n,
} as const;
/** How many digits behind the second such counts have. */
export const DIGITS = { millis: 3, micros: 6, nanos: 9 } as const;

/** What counts are of. */
export type TimeUnit = keyof typeof NANOS;

/** `2026-01-02` @throws {RangeError} Beyond the years that JavaScript has. */
export function dateText(days: number): string {
  return new Date(days * MS_PER_DAY).toISOString().replace(/T.*$/, "");
}

/** `03:04:05.678901` of a count since midnight, no more digits than it needs. */
export function timeText(count: bigint, unit: TimeUnit): string {
  const isWholeMs = (count * NANOS[unit]) % NANOS_PER_MS === 0n;
  const digits = isWholeMs ? 3 : DIGITS[unit];
  return instant(count * NANOS[unit], digits).replace(/^.*T/, "");
}

/** `2026-01-02T03:04:05.678901`, without a zone. @throws {RangeError} */
export function instantText(count: bigint, unit: TimeUnit): string {
  return instant(count * NANOS[unit], DIGITS[unit]);
}

/** @param digits Behind the second. */
export function instant(nanos: bigint, digits: number): string {
  const below = ((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) %
    NANOS_PER_SECOND;
  const ms = Number((nanos - below) / NANOS_PER_MS);
  const head = new Date(ms).toISOString().slice(0, -5);
  if (digits === 0) return head;
  return `${head}.${String(below).padStart(9, "0").slice(0, digits)}`;
}

/** @throws {RowProblem} */
export function daysOf(text: string): bigint {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new RowProblem("no date that can be counted");
  return BigInt(ms / MS_PER_DAY);
}

/**
 * The count of a time since 1970, which is UTC where it has no zone.
 * @throws {RowProblem} Also where it is finer than the unit.
 */
export function countOf(text: string, unit: TimeUnit): bigint {
  const [, head, fraction = "", zone] =
    /^(.*?\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-][\d:]+)?$/i
      .exec(text.replace(" ", "T")) ?? [];
  const ms = Date.parse(`${head}${fullZone(zone)}`);
  if (Number.isNaN(ms)) throw new RowProblem("no time that can be counted");
  const digits = DIGITS[unit];
  if (/[1-9]/.test(fraction.slice(digits))) {
    throw new RowProblem(`a time finer than ${unit.replace("s", "seconds")}`);
  }
  const below = BigInt(fraction.slice(0, digits).padEnd(digits, "0"));
  return BigInt(ms) * NANOS_PER_MS / NANOS[unit] + below;
}

/** `+02` and `+0200` are zones too. */
function fullZone(zone = "Z"): string {
  const [, hours, minutes = "00"] = /^([+-]\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return hours === undefined ? zone : `${hours}:${minutes}`;
}
