/**
 * Positions: text that sorts in the order of the changes of one table.
 *
 * @module
 */

/** Digits of a count that goes up to 2^63. */
const COUNT_DIGITS = 19;

/**
 * Joins parts with `/`: counts are padded to 19 digits, texts stay as they are, so
 * they must have a fixed width (an LSN in hexadecimal digits) or be a name.
 *
 * @example
 * ```ts
 * import { positionText } from "@dstream/sdk/changes";
 *
 * const ninth = positionText(["orders", 0, 9]);
 * const tenth = positionText(["orders", 0, 10n]);
 * if (!(ninth < tenth)) throw new Error(ninth);
 * ```
 */
export function positionText(
  parts: readonly (string | number | bigint)[],
): string {
  return parts.map((part) => typeof part === "string" ? part : countText(part))
    .join("/");
}

/** A whole number from 0 up, padded so that it sorts as text. */
export function countText(count: number | bigint): string {
  const isCount = typeof count === "bigint"
    ? count >= 0n
    : Number.isSafeInteger(count) && count >= 0;
  if (!isCount) throw new RangeError(`${count} is no count`);
  return String(count).padStart(COUNT_DIGITS, "0");
}

/** Whether `position` names a change after `other`, of the same table. */
export function isAfter(position: string, other: string): boolean {
  return position > other;
}
