/**
 * Finds the values that a column has again and again, for a dictionary.
 *
 * @module
 */

/** Each value once, and which one each row has. */
export interface Distinct {
  /** The first row of each. */
  readonly firsts: readonly number[];
  /** The values, plainly encoded. */
  readonly plain: Uint8Array;
  /** A number for each row that has a value, in order. */
  readonly indexes: Int32Array;
}

/** After so many values it is known whether a column repeats itself. */
const TRIAL_VALUES = 1000;
/** The part of them that may differ. */
const MOST_DIFFERENT = 0.6;
/** The part of all values that may differ. */
const WORTHWHILE = 0.5;
const FREE = -1;

/** What is compared. */
export interface Values {
  hash(row: number): number;
  isSame(row: number, other: number): boolean;
}

/**
 * @param defined 1 for each row with a value.
 * @param rows How many rows there are.
 * @returns The first row of each value; `undefined` where a dictionary isn't worth it.
 */
export function findDistinct(
  values: Values,
  defined: Uint8Array,
  rows: number,
): { readonly firsts: readonly number[]; indexes: Int32Array } | undefined {
  const most = Math.ceil(rows * WORTHWHILE);
  const mask = tableSize(most) - 1;
  const slots = new Int32Array(mask + 1).fill(FREE);
  const indexes = new Int32Array(rows);
  const firsts: number[] = [];
  let seen = 0;
  for (let row = 0; row < rows; row++) {
    if (defined[row] === 0) continue;
    let slot = values.hash(row) & mask;
    let index = slots[slot];
    while (index !== FREE && !values.isSame(firsts[index], row)) {
      slot = (slot + 1) & mask;
      index = slots[slot];
    }
    if (index === FREE) {
      index = slots[slot] = firsts.length;
      firsts.push(row);
      const isTried = seen >= TRIAL_VALUES &&
        firsts.length > seen * MOST_DIFFERENT;
      if (isTried || firsts.length > most) return undefined;
    }
    indexes[seen++] = index;
  }
  if (seen === 0) return undefined;
  return { firsts, indexes: indexes.subarray(0, seen) };
}

/** At least twice as many, so that a free slot is near. */
function tableSize(most: number): number {
  let size = 16;
  while (size < 2 * most) size *= 2;
  return size;
}
