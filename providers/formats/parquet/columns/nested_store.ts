/**
 * Lists and structs: values that the library takes apart.
 *
 * @module
 */

import type { ColumnValue } from "./column_store.ts";

export class NestedStore {
  #values: ColumnValue[] = [];

  /** Unknown: the rows' own length stands for it. */
  readonly heldBytes = 0;

  beginRow(row: number): void {
    this.#values[row] = null;
  }

  put(row: number, value: ColumnValue): void {
    this.#values[row] = value;
  }

  /** Hands them over and forgets them. */
  take(rows: number): ColumnValue[] {
    const values = this.#values;
    this.#values = [];
    values.length = rows;
    return values;
  }
}
