/**
 * Texts and bytes of any length: BYTE_ARRAY.
 *
 * Each value lies behind its length, the way a page has it; so a page is a part of
 * the buffer as it is.
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
import { type Distinct, findDistinct } from "./distinct.ts";

const LENGTH_BYTES = 4;
const MOST_UTF8_BYTES = 3;
/** Longer values are copied by the runtime. */
const SHORT_BYTES = 64;
/** A column with longer values on average is no place for a dictionary. */
const LONG_BYTES = 256;
/** Longer bounds are cut by the writer of the end of the file; this saves a copy. */
const NO_BYTES = new Uint8Array(0);

const encoder = new TextEncoder();

export class BytesStore extends RowStore {
  #bytes = new Uint8Array(8 * FIRST_ROWS);
  /** Where each row begins, and behind the last one the end. */
  #starts = new Int32Array(FIRST_ROWS);

  get heldBytes(): number {
    return this.defined.length + this.#starts.byteLength + this.#bytes.length;
  }

  beginRow(row: number): void {
    this.rows.begin(row);
    if (row + 1 >= this.#starts.length) {
      this.#starts = grown(this.#starts, row + 1);
    }
    this.#starts[row + 1] = this.#starts[row];
  }

  put(row: number, value: ColumnValue): void {
    if (typeof value !== "string") {
      const bytes = value as Uint8Array;
      return this.putBytes(row, bytes, 0, bytes.length);
    }
    const at = this.#reserve(row, value.length * MOST_UTF8_BYTES);
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(at));
    this.#end(row, at, written);
  }

  putBytes(row: number, bytes: Uint8Array, from: number, to: number): void {
    const at = this.#reserve(row, to - from);
    if (to - from > SHORT_BYTES) this.#bytes.set(bytes.subarray(from, to), at);
    else {
      const target = this.#bytes;
      for (let place = from, next = at; place < to; place++, next++) {
        target[next] = bytes[place];
      }
    }
    this.#end(row, at, to - from);
  }

  /** A row of few bytes, up to a byte that must not be in it. @returns Whether. */
  putUnless(
    row: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    unwanted: number,
  ): boolean {
    if (to - from > SHORT_BYTES) {
      const text = bytes.subarray(from, to);
      if (text.indexOf(unwanted) >= 0) return false;
      const at = this.#reserve(row, to - from);
      this.#bytes.set(text, at);
      this.#end(row, at, to - from);
      return true;
    }
    const at = this.#reserve(row, to - from);
    const target = this.#bytes;
    for (let place = from, next = at; place < to; place++, next++) {
      const byte = bytes[place];
      if (byte === unwanted) return false;
      target[next] = byte;
    }
    this.#end(row, at, to - from);
    return true;
  }

  plain(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[from], this.#starts[to]);
  }

  pageEnd(from: number, rows: number, pageBytes: number): number {
    const starts = this.#starts;
    const most = starts[from] + pageBytes;
    let to = from + 1;
    while (to < rows && starts[to] < most) to++;
    return to;
  }

  distinct(rows: number): Distinct | undefined {
    const values = this.rows.count(0, rows);
    const allBytes = this.#starts[rows];
    if (allBytes > values * LONG_BYTES) return undefined;
    const found = findDistinct(
      {
        hash: (row) => this.#hash(row),
        isSame: (row, other) => this.#compare(row, other) === 0,
      },
      this.defined,
      rows,
    );
    if (found === undefined) return undefined;
    const { firsts, indexes } = found;
    const size = firsts.reduce((sum, row) => sum + this.#sizeOf(row), 0);
    const plain = new Uint8Array(size);
    let at = 0;
    for (const row of firsts) {
      plain.set(this.plain(row, row + 1), at);
      at += this.#sizeOf(row);
    }
    return { firsts, plain, indexes };
  }

  bounds(rows: number, firsts?: readonly number[]): Bounds {
    let least = -1;
    let most = -1;
    const count = firsts?.length ?? rows;
    for (let index = 0; index < count; index++) {
      const row = firsts === undefined ? index : firsts[index];
      if (this.rows.bytes[row] === 0) continue;
      if (least < 0) least = most = row;
      else if (this.#compare(row, least) < 0) least = row;
      else if (this.#compare(row, most) > 0) most = row;
    }
    if (least < 0) return {};
    return { min_value: this.#valueOf(least), max_value: this.#valueOf(most) };
  }

  /** A copy, since the buffer is written again. */
  #valueOf(row: number): Uint8Array {
    const from = this.#starts[row] + LENGTH_BYTES;
    return from < this.#starts[row + 1]
      ? this.#bytes.slice(from, this.#starts[row + 1])
      : NO_BYTES;
  }

  #sizeOf(row: number): number {
    return this.#starts[row + 1] - this.#starts[row];
  }

  #hash(row: number): number {
    const bytes = this.#bytes;
    const end = this.#starts[row + 1];
    let hash = end - this.#starts[row];
    for (let at = this.#starts[row] + LENGTH_BYTES; at < end; at++) {
      hash = Math.imul(hash ^ bytes[at], 0x01000193);
    }
    return hash ^ (hash >>> 15);
  }

  /** Byte by byte; less than 0 where the first one comes first. */
  #compare(row: number, other: number): number {
    const bytes = this.#bytes;
    const from = this.#starts[row] + LENGTH_BYTES;
    const otherFrom = this.#starts[other] + LENGTH_BYTES;
    const length = this.#starts[row + 1] - from;
    const otherLength = this.#starts[other + 1] - otherFrom;
    const shorter = Math.min(length, otherLength);
    for (let at = 0; at < shorter; at++) {
      const difference = bytes[from + at] - bytes[otherFrom + at];
      if (difference !== 0) return difference;
    }
    return length - otherLength;
  }

  /** @returns Where the value's bytes go. */
  #reserve(row: number, sizeBytes: number): number {
    const at = this.#starts[row] + LENGTH_BYTES;
    if (at + sizeBytes > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, at + sizeBytes);
    }
    return at;
  }

  #end(row: number, at: number, sizeBytes: number): void {
    const bytes = this.#bytes;
    bytes[at - 4] = sizeBytes;
    bytes[at - 3] = sizeBytes >>> 8;
    bytes[at - 2] = sizeBytes >>> 16;
    bytes[at - 1] = sizeBytes >>> 24;
    this.#starts[row + 1] = at + sizeBytes;
    this.rows.bytes[row] = 1;
  }
}
