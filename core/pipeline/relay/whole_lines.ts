/**
 * Chunks of whole lines: what follows the last line feed waits for its end.
 *
 * Three buffers take turns: one is being written by whoever got it last but one
 * call ago, one is being looked at, and the next read fills the third behind the
 * half line that was left. Buffers grow for a long line, up to the limit, and
 * shrink afterwards.
 *
 * @module
 */

import { LINE_FEED } from "../../protocol/envelope.ts";
import type { ByteSource, Filled } from "./byte_source.ts";

/** A line that is longer than allowed; `lengthBytes` is what is known of it. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
  constructor(readonly limitBytes: number) {
    super(`a line is longer than ${limitBytes} bytes`);
  }
}

/** Bounds of {@link WholeLines}. */
export interface WholeLinesOptions {
  readonly chunkBytes: number;
  /** The longest line, without its line feed. */
  readonly maxLineBytes: number;
}

/** Reads a source in chunks of whole lines. */
export class WholeLines {
  readonly #source: ByteSource;
  readonly #options: WholeLinesOptions;
  readonly #free: ArrayBuffer[] = [];
  /** Handed out by the last call, and by the one before. */
  #lent: ArrayBuffer | undefined;
  #lentBefore: ArrayBuffer | undefined;
  #pending: Promise<Filled>;
  #carryBytes = 0;
  #tooLong = false;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource, options: WholeLinesOptions) {
    this.#source = source;
    this.#options = options;
    this.#pending = this.#read(new ArrayBuffer(options.chunkBytes));
  }

  /** After the end: what came after the last line feed. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /**
   * @returns Whole lines, valid until the next call but one; `undefined` at the
   * end.
   * @throws {LineTooLongError} Once all lines before it were returned.
   */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#failOnLongLine();
      const { buffer, lengthBytes } = await this.#pending;
      const filled = new Uint8Array(buffer, 0, this.#carryBytes + lengthBytes);
      if (lengthBytes === 0) return this.#finish(filled);
      const last = filled.subarray(this.#carryBytes).lastIndexOf(LINE_FEED);
      if (last < 0) {
        this.#carryOn(filled);
        continue;
      }
      const end = this.#carryBytes + last + 1;
      this.#lend(buffer);
      this.#readBehind(filled.subarray(end));
      const lines = this.#beforeLongLine(filled.subarray(0, end));
      if (lines.length > 0) return lines;
    }
  }

  /** Lets go of the source; a pending `next` ends. */
  async cancel(): Promise<void> {
    await this.#source.cancel().catch(() => {});
  }

  #read(buffer: ArrayBuffer): Promise<Filled> {
    const pending = this.#source.read(buffer, this.#carryBytes);
    // Whoever calls next() sees the failure; nobody might.
    pending.catch(() => {});
    return pending;
  }

  #finish(filled: Uint8Array): undefined {
    this.#rest = filled;
    this.#pending = Promise.resolve({
      buffer: filled.buffer as ArrayBuffer,
      lengthBytes: 0,
    });
    return undefined;
  }

  /** No line feed yet: the same line goes on in the same, or a larger, buffer. */
  #carryOn(filled: Uint8Array): void {
    this.#carryBytes = filled.length;
    if (filled.length > this.#options.maxLineBytes) this.#tooLong = true;
    else this.#pending = this.#read(withRoom(filled, this.#options));
  }

  #lend(buffer: ArrayBuffer): void {
    const { chunkBytes } = this.#options;
    // What a long line has made larger is not kept.
    const isUsual = this.#lentBefore?.byteLength === chunkBytes;
    if (isUsual) this.#free.push(this.#lentBefore!);
    this.#lentBefore = this.#lent;
    this.#lent = buffer;
  }

  /** Starts the next read behind a half line, in another buffer. */
  #readBehind(half: Uint8Array): void {
    const { chunkBytes, maxLineBytes } = this.#options;
    this.#carryBytes = half.length;
    if (half.length > maxLineBytes) {
      this.#tooLong = true;
      return;
    }
    const isLong = half.length > chunkBytes / 2;
    const buffer = isLong
      ? new ArrayBuffer(grownBytes(half.length, this.#options))
      : this.#free.pop() ?? new ArrayBuffer(chunkBytes);
    new Uint8Array(buffer).set(half);
    this.#pending = this.#read(buffer);
  }

  /** Cuts a chunk before a line over the limit; the next call fails. */
  #beforeLongLine(lines: Uint8Array): Uint8Array {
    const { maxLineBytes } = this.#options;
    if (lines.length <= maxLineBytes) return lines;
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(LINE_FEED, start);
      if (end - start > maxLineBytes) {
        this.#tooLong = true;
        return lines.subarray(0, start);
      }
      start = end + 1;
    }
    return lines;
  }

  #failOnLongLine(): void {
    if (this.#tooLong) throw new LineTooLongError(this.#options.maxLineBytes);
  }
}

/** The buffer of a line that goes on, or a larger one with the same beginning. */
function withRoom(filled: Uint8Array, options: WholeLinesOptions): ArrayBuffer {
  const current = filled.buffer as ArrayBuffer;
  if (filled.length < current.byteLength) return current;
  const buffer = new ArrayBuffer(grownBytes(filled.length, options));
  new Uint8Array(buffer).set(filled);
  return buffer;
}

/** Room for as much again, but never for more than the longest line and a chunk. */
function grownBytes(
  lengthBytes: number,
  { chunkBytes, maxLineBytes }: WholeLinesOptions,
): number {
  const wanted = Math.max(chunkBytes, 2 * lengthBytes);
  return Math.min(wanted, maxLineBytes + chunkBytes);
}
