/**
 * Rows as the JSON texts of their values, found without parsing a row as a whole.
 *
 * @module
 */

import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { JsonLines, type Region } from "@dstream/sdk/files";

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const MEMBER_PLACES = 4;

/** Lines that are read one after the other. */
export class RowReader {
  readonly #jsonLines: JsonLines;
  readonly #region: Region;
  readonly #members: number[] = [];
  #text = Buffer.alloc(0);
  #isAscii = true;
  #isUtf8 = true;
  #at = 0;

  /** @param maxBatchBytes The longest batch; a single long line counts too. */
  constructor(maxBatchBytes: number) {
    this.#jsonLines = new JsonLines([maxBatchBytes]);
    [this.#region] = this.#jsonLines.regions;
  }

  /** What {@link valueFrom} and {@link valueTo} count in. */
  get bytes(): Uint8Array {
    return this.#region.bytes;
  }

  /** Takes whole lines. */
  load(lines: Uint8Array): void {
    this.#region.bytes.set(lines);
    const { buffer, byteOffset } = this.#region.bytes;
    this.#text = Buffer.from(buffer, byteOffset, lines.length);
    this.#isAscii = isAscii(lines);
    // Text that is no UTF-8 is left to who replaces it.
    this.#isUtf8 = this.#isAscii || isUtf8(lines);
    this.#at = 0;
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
    const lineFeed = data?.lineFeed ?? this.#text.indexOf(LINE_FEED, from);
    this.#at = lineFeed + 1;
    if (data === undefined || !this.#isUtf8) return -1;
    return this.#jsonLines
      .findMembers(this.#region, data.from, this.#members);
  }

  /** Whether a member's key is this one, as it is written without escapes. */
  hasKey(member: number, key: Uint8Array): boolean {
    const from = this.#members[member * MEMBER_PLACES] + 1;
    const to = this.#members[member * MEMBER_PLACES + 1] - 1;
    if (to - from !== key.length) return false;
    const bytes = this.#region.bytes;
    for (let index = 0; index < key.length; index++) {
      if (bytes[from + index] !== key[index]) return false;
    }
    return true;
  }

  /** A member's key, unescaped. */
  key(member: number): string {
    const from = this.#members[member * MEMBER_PLACES];
    const to = this.#members[member * MEMBER_PLACES + 1];
    const hasEscape = this.#text.subarray(from, to).includes(BACKSLASH);
    return hasEscape
      ? JSON.parse(this.#text.toString("utf8", from, to))
      : this.#text.toString("utf8", from + 1, to - 1);
  }

  /** Where a member's value begins. */
  valueFrom(member: number): number {
    return this.#members[member * MEMBER_PLACES + 2];
  }

  /** Where it ends. */
  valueTo(member: number): number {
    return this.#members[member * MEMBER_PLACES + 3];
  }

  /** The JSON text of a member's value. */
  value(member: number): string {
    const [from, to] = [this.valueFrom(member), this.valueTo(member)];
    return this.#text.toString(this.#isAscii ? "latin1" : "utf8", from, to);
  }
}
