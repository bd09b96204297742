/**
 * Rows as the JSON texts of their values, found without parsing a row as a whole.
 *
 * A text has one character per byte as long as it is looked at; only values that
 * aren't ASCII are decoded.
 *
 * @module
 */

import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { JsonLines, type Region } from "@dstream/sdk/files";

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;

/** Lines that are read one after the other. */
export class RowReader {
  readonly #jsonLines: JsonLines;
  readonly #region: Region;
  readonly #members: number[] = [];
  #bytes = Buffer.alloc(0);
  #text = "";
  #isAscii = true;
  #at = 0;
  #count = 0;

  /** @param maxBatchBytes The longest batch; a single long line counts too. */
  constructor(maxBatchBytes: number) {
    this.#jsonLines = new JsonLines([maxBatchBytes]);
    [this.#region] = this.#jsonLines.regions;
  }

  /** Takes whole lines. */
  load(lines: Uint8Array): void {
    this.#region.bytes.set(lines);
    const { buffer, byteOffset } = this.#region.bytes;
    this.#bytes = Buffer.from(buffer, byteOffset, lines.length);
    this.#text = this.#bytes.toString("latin1");
    this.#isAscii = isAscii(lines);
    this.#at = 0;
    // Text that is no UTF-8 is left to who replaces it.
    this.#count = this.#isAscii || isUtf8(lines) ? 0 : -1;
  }

  /**
   * Goes to the next line.
   *
   * @returns How many members its data has; -1 for a line of an unusual shape, or
   * data that is no object.
   */
  next(): number {
    const from = this.#at;
    const data = this.#jsonLines.findData(this.#region, from);
    const lineFeed = data?.lineFeed ?? this.#bytes.indexOf(LINE_FEED, from);
    this.#at = lineFeed + 1;
    if (data === undefined || this.#count < 0) return -1;
    return this.#jsonLines
      .findMembers(this.#region, data.from, this.#members);
  }

  /** Whether a member's key is this one, given with a character per byte. */
  hasKey(member: number, key: string): boolean {
    const from = this.#members[member * 4] + 1;
    const to = this.#members[member * 4 + 1] - 1;
    return to - from === key.length && this.#text.startsWith(key, from);
  }

  /** A member's key, unescaped. */
  key(member: number): string {
    const from = this.#members[member * 4];
    const to = this.#members[member * 4 + 1];
    const isPlain = this.#isAscii &&
      !this.#bytes.subarray(from, to).includes(BACKSLASH);
    return isPlain
      ? this.#text.slice(from + 1, to - 1)
      : JSON.parse(this.#bytes.toString("utf8", from, to));
  }

  /** The JSON text of a member's value. */
  value(member: number): string {
    const from = this.#members[member * 4 + 2];
    const to = this.#members[member * 4 + 3];
    return this.#isAscii || isAscii(this.#bytes.subarray(from, to))
      ? this.#text.slice(from, to)
      : this.#bytes.toString("utf8", from, to);
  }
}

/** A name as {@link RowReader.hasKey} takes it. */
export function byteText(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}
