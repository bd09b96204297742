/**
 * The values of one column of the group that waits, the way Parquet stores them.
 *
 * A row's value may be written again until the next row is begun: a row that turns
 * out to be none is simply overwritten.
 *
 * @module
 */

import type { Distinct } from "./distinct.ts";

/** A value as a column holds it; `null` where there is none. */
export type ColumnValue = unknown;

/** What a column chunk is made of. */
export interface ColumnStore {
  /** Makes room for a row, which has no value at first. */
  beginRow(row: number): void;
  /** A value that {@link ColumnType} made, never `null`. */
  put(row: number, value: ColumnValue): void;
  /** The memory it takes. */
  readonly heldBytes: number;
  /** 1 for each row that has a value, else 0. */
  readonly defined: Uint8Array;
  /** The values of some rows, one after the other, without those that are null. */
  plain(from: number, to: number): Uint8Array;
  /** Behind the last row of a page of about this size. */
  pageEnd(from: number, rows: number, pageBytes: number): number;
  /** Each value once, where that is shorter. */
  distinct(rows: number): Distinct | undefined;
  /**
   * The least and the greatest.
   *
   * @param firsts The rows that are enough to look at, where that is known.
   */
  bounds(rows: number, firsts?: readonly number[]): Bounds;
}

/** Absent where there is no value. */
export interface Bounds {
  readonly min_value?: Bound;
  readonly max_value?: Bound;
}

type Bound = boolean | number | bigint | Uint8Array;

/** Room for so many rows at first: of many files at once each may have few. */
export const FIRST_ROWS = 64;

/** Which rows of a column have a value. */
export class DefinedRows {
  bytes = new Uint8Array(FIRST_ROWS);

  begin(row: number): void {
    if (row >= this.bytes.length) this.bytes = grown(this.bytes, row);
    this.bytes[row] = 0;
  }

  /** How many of these rows have one. */
  count(from: number, to: number): number {
    let count = 0;
    for (let row = from; row < to; row++) count += this.bytes[row];
    return count;
  }
}

/** A store that has at most one value a row. */
export abstract class RowStore implements ColumnStore {
  protected readonly rows = new DefinedRows();

  get defined(): Uint8Array {
    return this.rows.bytes;
  }

  abstract readonly heldBytes: number;
  abstract beginRow(row: number): void;
  abstract put(row: number, value: ColumnValue): void;
  abstract plain(from: number, to: number): Uint8Array;
  abstract pageEnd(from: number, rows: number, pageBytes: number): number;
  abstract distinct(rows: number): Distinct | undefined;
  abstract bounds(rows: number, firsts?: readonly number[]): Bounds;
}

/** A copy with room for this place, and for as much again. */
export function grown<T extends Uint8Array | Int32Array>(
  array: T,
  place: number,
): T {
  const Kind = array.constructor as new (length: number) => T;
  const larger = new Kind(Math.max(2 * array.length, 2 * (place + 1)));
  larger.set(array);
  return larger;
}
