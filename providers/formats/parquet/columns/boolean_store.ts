/**
 * Yes or no: BOOLEAN, eight in a byte.
 *
 * @module
 */

import {
  type Bounds,
  type ColumnValue,
  FIRST_ROWS,
  grown,
  RowStore,
} from "./column_store.ts";

export class BooleanStore extends RowStore {
  #values = new Uint8Array(FIRST_ROWS);

  get heldBytes(): number {
    return 2 * this.defined.length;
  }

  beginRow(row: number): void {
    this.rows.begin(row);
    if (row >= this.#values.length) this.#values = grown(this.#values, row);
  }

  put(row: number, value: ColumnValue): void {
    this.rows.bytes[row] = 1;
    this.#values[row] = value === true ? 1 : 0;
  }

  plain(from: number, to: number): Uint8Array {
    const packed = new Uint8Array(Math.ceil(this.rows.count(from, to) / 8));
    for (let row = from, at = 0; row < to; row++) {
      if (this.rows.bytes[row] === 0) continue;
      packed[at >> 3] |= this.#values[row] << (at & 7);
      at++;
    }
    return packed;
  }

  pageEnd(from: number, rows: number, pageBytes: number): number {
    return Math.min(rows, from + 8 * pageBytes);
  }

  /** A bit is shorter than any number of one. */
  distinct(): undefined {}

  bounds(rows: number): Bounds {
    let [yes, no] = [false, false];
    for (let row = 0; row < rows; row++) {
      if (this.rows.bytes[row] === 0) continue;
      if (this.#values[row] === 1) yes = true;
      else no = true;
    }
    return yes || no ? { min_value: !no, max_value: yes } : {};
  }
}
