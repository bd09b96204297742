/**
 * Numbers out of the bytes of JSON, where they have few digits.
 *
 * What a scanner doesn't know for sure it leaves to column_type.ts, which knows every
 * form and is slower: it then says false.
 *
 * @module
 */

import type { FixedStore } from "./fixed_store.ts";
import type { WordStore } from "./word_store.ts";

/** Takes the value of a row from JSON text. @returns Whether it could. */
export type Scan = (
  bytes: Uint8Array,
  from: number,
  to: number,
  row: number,
) => boolean;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const QUOTE = 0x22;
/** Whole numbers of so many digits are the same as doubles. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** Digits alone, between two bounds. */
export function integerScan(
  store: WordStore,
  least: number,
  most: number,
): Scan {
  return (bytes, from, to, row) => {
    const isNegative = bytes[from] === MINUS;
    let at = isNegative ? from + 1 : from;
    if (at >= to || to - at > EXACT_DIGITS) return false;
    let value = 0;
    for (; at < to; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    if (isNegative) value = -value;
    if (value < least || value > most) return false;
    store.putNumber(row, value);
    return true;
  };
}

/** Digits with a point or without: a division of two exact numbers is exact too. */
export function floatScan(store: WordStore): Scan {
  return (bytes, from, to, row) => {
    const isNegative = bytes[from] === MINUS;
    const begin = isNegative ? from + 1 : from;
    if (begin >= to || to - begin > EXACT_DIGITS + 1) return false;
    let value = 0;
    let fraction = -1;
    for (let at = begin; at < to; at++) {
      const byte = bytes[at];
      if (byte === POINT && fraction < 0) fraction = to - at - 1;
      else if (byte < ZERO || byte > ZERO + 9) return false;
      else value = value * 10 + byte - ZERO;
    }
    if (fraction < 0 && to - begin > EXACT_DIGITS) return false;
    if (fraction > 0) value /= POWERS[fraction];
    store.putNumber(row, isNegative ? -value : value);
    return true;
  };
}

/** Digits with a point or without, as a number or in quotes. */
export function decimalScan(
  store: WordStore | FixedStore,
  precision: number,
  scale: number,
): Scan {
  const mostWhole = Math.min(precision, EXACT_DIGITS) - scale;
  return (bytes, from, to, row) => {
    let at = from;
    let end = to;
    if (bytes[at] === QUOTE) {
      at++;
      end--;
    }
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const wholeFrom = at;
    let value = 0;
    for (; at < end && bytes[at] !== POINT; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    if (at === wholeFrom || at - wholeFrom > mostWhole) return false;
    let missing = scale;
    for (at++; at < end; at++, missing--) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9 || missing === 0) return false;
      value = value * 10 + digit;
    }
    value *= POWERS[missing];
    store.putNumber(row, isNegative ? -value : value);
    return true;
  };
}
