/**
 * Values of one length, the highest byte first: UUIDs and long decimals.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type Bounds,
  type ColumnValue,
  FIRST_ROWS,
  grown,
  RowStore,
} from "./column_store.ts";

const BITS = 8n;

export class FixedStore extends RowStore {
  readonly #width: number;
  readonly #isNumber: boolean;
  #bytes = new Uint8Array(16 * FIRST_ROWS);

  /**
   * @param width Of a value, in bytes.
   * @param isNumber Whether they are numbers with a sign.
   */
  constructor(width: number, isNumber: boolean) {
    super();
    this.#width = width;
    this.#isNumber = isNumber;
  }

  get heldBytes(): number {
    return this.defined.length + this.#bytes.length;
  }

  beginRow(row: number): void {
    this.rows.begin(row);
    const end = (row + 1) * this.#width;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes, end);
  }

  put(row: number, value: ColumnValue): void {
    this.rows.bytes[row] = 1;
    const from = row * this.#width;
    if (typeof value !== "bigint") {
      return this.#bytes.set(value as Uint8Array, from);
    }
    let rest = value;
    for (let at = from + this.#width - 1; at >= from; at--) {
      this.#bytes[at] = Number(rest & 0xffn);
      rest >>= BITS;
    }
  }

  /** A whole number below 2^53. */
  putNumber(row: number, value: number): void {
    this.rows.bytes[row] = 1;
    const from = row * this.#width;
    let rest = value;
    for (let at = from + this.#width - 1; at >= from; at--) {
      const next = Math.floor(rest / 256);
      this.#bytes[at] = rest - next * 256;
      rest = next;
    }
  }

  /** The bytes of a row, to be filled. */
  room(row: number): Uint8Array {
    this.rows.bytes[row] = 1;
    return this.#bytes.subarray(row * this.#width, (row + 1) * this.#width);
  }

  plain(from: number, to: number): Uint8Array {
    const width = this.#width;
    const values = this.rows.count(from, to);
    if (values === to - from) {
      return this.#bytes.subarray(from * width, to * width);
    }
    const dense = new Uint8Array(values * width);
    for (let row = from, at = 0; row < to; row++) {
      if (this.rows.bytes[row] === 0) continue;
      dense.set(this.#bytes.subarray(row * width, (row + 1) * width), at);
      at += width;
    }
    return dense;
  }

  pageEnd(from: number, rows: number, pageBytes: number): number {
    return Math.min(rows, from + Math.ceil(pageBytes / this.#width));
  }

  /** Identifiers differ, and long numbers mostly do. */
  distinct(): undefined {}

  bounds(rows: number): Bounds {
    let least: Uint8Array | undefined;
    let most: Uint8Array | undefined;
    for (let row = 0; row < rows; row++) {
      if (this.rows.bytes[row] === 0) continue;
      const value = this.plain(row, row + 1);
      if (least === undefined || this.#compare(value, least) < 0) least = value;
      if (most === undefined || this.#compare(value, most) > 0) most = value;
    }
    if (least === undefined) return {};
    return { min_value: this.#bound(least), max_value: this.#bound(most!) };
  }

  #compare(value: Uint8Array, other: Uint8Array): number {
    if (!this.#isNumber) return Buffer.compare(value, other);
    // A sign makes the first byte of what is negative the larger one.
    const difference = (value[0] ^ 0x80) - (other[0] ^ 0x80);
    return difference !== 0 ? difference : Buffer.compare(value, other);
  }

  #bound(value: Uint8Array): Uint8Array | bigint {
    if (!this.#isNumber) return value.slice();
    const hex = Buffer.from(value).toString("hex");
    return BigInt.asIntN(8 * this.#width, BigInt(`0x${hex}`));
  }
}
