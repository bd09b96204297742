/**
 * Values of four or eight bytes: INT32, INT64, FLOAT and DOUBLE.
 *
 * Whole numbers of 64 bits are kept as two halves: a BigInt of each would cost more
 * than everything else that is done with it.
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

/** The types of Parquet with as many bytes. */
export type WordType = "INT32" | "INT64" | "FLOAT" | "DOUBLE";

const TWO_TO_32 = 4_294_967_296;

export class WordStore extends RowStore {
  readonly #type: WordType;
  /** Of a value: 1 or 2. */
  readonly #width: 1 | 2;
  readonly #isSigned: boolean;
  #words = new Int32Array(2 * FIRST_ROWS);
  #floats = new Float32Array(0);
  #doubles = new Float64Array(0);

  /** @param isSigned Of whole numbers: how they compare. */
  constructor(type: WordType, isSigned = true) {
    super();
    this.#type = type;
    this.#width = type === "INT32" || type === "FLOAT" ? 1 : 2;
    this.#isSigned = isSigned;
    this.#look();
  }

  get heldBytes(): number {
    return this.defined.length + this.#words.byteLength;
  }

  beginRow(row: number): void {
    this.rows.begin(row);
    const last = row * this.#width + 1;
    if (last < this.#words.length) return;
    this.#words = grown(this.#words, last);
    this.#look();
  }

  put(row: number, value: ColumnValue): void {
    if (typeof value !== "bigint") return this.putNumber(row, Number(value));
    this.rows.bytes[row] = 1;
    this.#words[row * this.#width] = Number(BigInt.asIntN(32, value));
    if (this.#width === 2) {
      this.#words[row * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
    }
  }

  /** A whole number below 2^53, or, where the column has such, a float. */
  putNumber(row: number, value: number): void {
    this.rows.bytes[row] = 1;
    switch (this.#type) {
      case "INT32":
        this.#words[row] = value;
        return;
      case "INT64": {
        const high = Math.floor(value / TWO_TO_32);
        this.#words[2 * row] = value - high * TWO_TO_32;
        this.#words[2 * row + 1] = high;
        return;
      }
      case "FLOAT":
        this.#floats[row] = value;
        return;
      case "DOUBLE":
        this.#doubles[row] = value;
    }
  }

  /** What was put there, as a number; of INT64 only near enough. */
  numberAt(row: number): number {
    switch (this.#type) {
      case "INT32":
        return this.#words[row];
      case "INT64":
        return this.#words[2 * row + 1] * TWO_TO_32 +
          (this.#words[2 * row] >>> 0);
      case "FLOAT":
        return this.#floats[row];
      case "DOUBLE":
        return this.#doubles[row];
    }
  }

  plain(from: number, to: number): Uint8Array {
    const width = this.#width;
    const values = this.rows.count(from, to);
    if (values === to - from) {
      return bytesOf(this.#words.subarray(from * width, to * width));
    }
    const dense = new Int32Array(values * width);
    for (let row = from, at = 0; row < to; row++) {
      if (this.rows.bytes[row] === 0) continue;
      dense[at++] = this.#words[row * width];
      if (width === 2) dense[at++] = this.#words[row * 2 + 1];
    }
    return bytesOf(dense);
  }

  pageEnd(from: number, rows: number, pageBytes: number): number {
    return Math.min(rows, from + Math.ceil(pageBytes / (4 * this.#width)));
  }

  distinct(rows: number): Distinct | undefined {
    const words = this.#words;
    const found = this.#width === 1
      ? findDistinct(
        {
          hash: (row) => mixed(words[row]),
          isSame: (row, other) => words[row] === words[other],
        },
        this.defined,
        rows,
      )
      : findDistinct(
        {
          hash: (row) => mixed(words[2 * row] ^ mixed(words[2 * row + 1])),
          isSame: (row, other) =>
            words[2 * row] === words[2 * other] &&
            words[2 * row + 1] === words[2 * other + 1],
        },
        this.defined,
        rows,
      );
    if (found === undefined) return undefined;
    const { firsts, indexes } = found;
    const plain = new Int32Array(firsts.length * this.#width);
    firsts.forEach((row, index) =>
      plain.set(this.#wordsOf(row), index * this.#width)
    );
    return { firsts, plain: bytesOf(plain), indexes };
  }

  bounds(rows: number): Bounds {
    let least = -1;
    let most = -1;
    const isLong = this.#type === "INT64";
    for (let row = 0; row < rows; row++) {
      if (this.rows.bytes[row] === 0) continue;
      if (!isLong && Number.isNaN(this.numberAt(row))) continue;
      if (least < 0) least = most = row;
      else if (this.#isLess(row, least)) least = row;
      else if (this.#isLess(most, row)) most = row;
    }
    if (least < 0) return {};
    return {
      min_value: this.#bound(least, true),
      max_value: this.#bound(most, false),
    };
  }

  #isLess(row: number, other: number): boolean {
    if (this.#type === "FLOAT" || this.#type === "DOUBLE") {
      return this.numberAt(row) < this.numberAt(other);
    }
    const width = this.#width;
    const words = this.#words;
    const high = words[row * width + width - 1];
    const otherHigh = words[other * width + width - 1];
    if (high === otherHigh) {
      return width === 2 && words[row * 2] >>> 0 < words[other * 2] >>> 0;
    }
    return this.#isSigned ? high < otherHigh : high >>> 0 < otherHigh >>> 0;
  }

  #bound(row: number, isLeast: boolean): number | bigint {
    if (this.#type === "INT64") {
      const [low, high] = this.#wordsOf(row);
      return BigInt.asIntN(64, BigInt(high) << 32n) | BigInt(low >>> 0);
    }
    const value = this.numberAt(row);
    // The format wants it so, since both zeros are equal.
    return value === 0 && this.#type !== "INT32" ? (isLeast ? -0 : 0) : value;
  }

  #wordsOf(row: number): Int32Array {
    return this.#words.subarray(row * this.#width, (row + 1) * this.#width);
  }

  #look(): void {
    const { buffer } = this.#words;
    this.#floats = new Float32Array(buffer);
    this.#doubles = new Float64Array(buffer, 0, this.#words.length >> 1);
  }
}

/** As Parquet has them; all machines that Deno runs on write the low byte first. */
function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function mixed(word: number): number {
  const hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
