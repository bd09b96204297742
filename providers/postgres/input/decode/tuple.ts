/**
 * The cells of one row, as places in the bytes it came in.
 *
 * @module
 */

/** The cell is NULL. */
export const NULL_CELL = -1;
/** The server did not send it: the change left a large value alone. */
export const UNCHANGED_CELL = -2;

const BACKSLASH = 0x5c;
const TAB = 0x09;
const indexOfByte = Uint8Array.prototype.indexOf;

/** One row at a time; filled again for the next. */
export class Tuple {
  source: Uint8Array = new Uint8Array(0);
  /** Where each cell begins, or {@link NULL_CELL}, {@link UNCHANGED_CELL}. */
  starts = new Int32Array(32);
  ends = new Int32Array(32);
  count = 0;
  #scratch: Uint8Array = new Uint8Array(1024);
  /**
   * The next backslash of a chunk, from where it was looked for. A chunk's bytes
   * never change, and the next chunk is another array.
   */
  #escapeIn: Uint8Array | undefined;
  #escapeAt = 0;
  #searchedFrom = 0;

  /**
   * Reads a TupleData of pgoutput.
   * @returns Where it ends.
   */
  readMessage(source: Uint8Array, start: number): number {
    this.source = source;
    this.#ensure((source[start] << 8) | source[start + 1]);
    let at = start + 2;
    for (let i = 0; i < this.count; i++) {
      const kind = source[at++];
      if (kind === 0x74) { // t: text
        const length = readInt32(source, at);
        this.starts[i] = at + 4;
        this.ends[i] = at += 4 + length;
      } else this.starts[i] = kind === 0x6e ? NULL_CELL : UNCHANGED_CELL;
    }
    return at;
  }

  /** Reads a row of COPY's text format, without its line feed. */
  readCopy(
    source: Uint8Array,
    start: number,
    end: number,
    columnCount: number,
  ): void {
    this.source = source;
    this.#ensure(columnCount);
    const { starts, ends } = this;
    let at = start;
    for (let column = 0; column < columnCount; column++) {
      starts[column] = at;
      while (at < end && source[at] !== TAB) at++;
      ends[column] = at++;
    }
    if (this.#hasEscape(source, start, end)) this.#unescape(end - start);
  }

  /** Asks once for many rows: most have none, and the search is the engine's. */
  #hasEscape(source: Uint8Array, start: number, end: number): boolean {
    const isPassed = this.#escapeIn !== source || this.#escapeAt < start ||
      this.#searchedFrom > start;
    if (isPassed) {
      // A node Buffer has an indexOf of its own, which is many times slower.
      const found = indexOfByte.call(source, BACKSLASH, start);
      this.#escapeIn = source;
      this.#searchedFrom = start;
      this.#escapeAt = found < 0 ? Infinity : found;
    }
    return this.#escapeAt < end;
  }

  #ensure(count: number): void {
    this.count = count;
    if (count <= this.starts.length) return;
    this.starts = new Int32Array(count * 2);
    this.ends = new Int32Array(count * 2);
  }

  /** Copies all cells to a place of their own, each without its escapes. */
  #unescape(sizeBytes: number): void {
    const { source } = this;
    if (this.#scratch.length < sizeBytes) {
      this.#scratch = new Uint8Array(sizeBytes * 2);
    }
    const target = this.#scratch;
    let length = 0;
    for (let i = 0; i < this.count; i++) {
      const end = this.ends[i];
      let at = this.starts[i];
      if (isNull(source, at, end)) {
        this.starts[i] = NULL_CELL;
        continue;
      }
      this.starts[i] = length;
      for (; at < end; at++) {
        target[length++] = source[at] === BACKSLASH
          ? unescaped(source[++at])
          : source[at];
      }
      this.ends[i] = length;
    }
    this.source = target;
  }
}

/** `\N` */
function isNull(source: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && source[start] === BACKSLASH &&
    source[start + 1] === 0x4e;
}

/** Of the escapes that COPY writes. */
function unescaped(letter: number): number {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    case 0x76:
      return 0x0b;
    default:
      return letter;
  }
}

/** Big-endian, signed. */
export function readInt32(source: Uint8Array, at: number): number {
  return (source[at] << 24) | (source[at + 1] << 16) | (source[at + 2] << 8) |
    source[at + 3];
}

/** Big-endian, of 64 bits. */
export function readInt64(source: Uint8Array, at: number): bigint {
  const high = BigInt(readInt32(source, at));
  return (high << 32n) | BigInt(readInt32(source, at + 4) >>> 0);
}
