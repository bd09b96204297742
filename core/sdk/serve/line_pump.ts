/**
 * Stdin as regions of whole lines, read ahead while the last one is written.
 *
 * Two buffers of 1 MiB: regions are slices of the one being filled, never copies.
 * When it is full the beginning of a cut line moves to the other buffer, as soon
 * as that is free. So at most two buffers wait, and reading stops by itself when
 * writing is slow. Only a line longer than a buffer makes one grow, for as long
 * as that line is there.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import { LINE_FEED } from "../../protocol/envelope.ts";
import type { FirstLine } from "./first_line.ts";
import type { Host } from "./host.ts";
import { isWholeObject } from "./json_text.ts";

/** With less room than this part of a buffer another one is better. */
const LEAST_READ_PART = 1 / 16;

/** Bounds of a pump. */
export interface PumpLimits {
  /** Of each of the two buffers. */
  readonly bufferBytes: number;
  /** A longer line is an error. */
  readonly maxLineBytes: number;
}

type Buffer = Uint8Array<ArrayBuffer>;

/** Reads ahead until the end of stdin. */
export class LinePump {
  readonly #host: Host;
  readonly #limits: PumpLimits;
  #filling: Buffer;
  #other: Buffer;
  #filled = 0;
  /** Where the first line in #filling begins that wasn't taken. */
  #start = 0;
  /** Behind the last whole line in #filling. */
  #wholeEnd = 0;
  /** Whole lines in #other that weren't taken. */
  #older: Buffer | undefined;
  /** The buffer of the region that was taken last. */
  #lent: ArrayBuffer | undefined;
  #isAtEnd = false;
  #failure: { readonly error: unknown } | undefined;
  #unterminatedBytes = 0;
  readonly #leastReadBytes: number;
  #changed = Promise.withResolvers<void>();
  #freed = Promise.withResolvers<void>();

  constructor(host: Host, first: FirstLine, limits: PumpLimits) {
    this.#host = host;
    this.#limits = limits;
    this.#leastReadBytes = Math.ceil(limits.bufferBytes * LEAST_READ_PART);
    const firstBytes = Math.max(limits.bufferBytes, first.rest.length + 1);
    this.#filling = new Uint8Array(firstBytes);
    this.#other = new Uint8Array(limits.bufferBytes);
    this.#filling.set(first.rest);
    this.#noteRead(first.rest.length);
    if (first.isEnd) this.#noteEnd();
    else this.#readAhead();
  }

  /** Whether {@link next} has something at once. */
  get hasLines(): boolean {
    return this.#older !== undefined || this.#wholeEnd > this.#start ||
      this.#isAtEnd;
  }

  /** Length of a last line that was cut off, and is left out. */
  get unterminatedBytes(): number {
    return this.#unterminatedBytes;
  }

  /** Resolves when {@link next} has something, or after `delayMs`. */
  async wait(delayMs: number): Promise<void> {
    if (this.hasLines) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#host.after(delayMs, late.resolve);
    await Promise.race([this.#changed.promise, late.promise]);
    cancel();
  }

  /**
   * Gives back the region before, and takes all whole lines that are there.
   * @returns At least one line; `undefined` at the end.
   * @throws {DstreamError} `protocol.line_too_long`
   */
  async next(): Promise<Uint8Array | undefined> {
    this.#lent = undefined;
    this.#freed.resolve();
    while (!this.hasLines) await this.#changed.promise;
    const region = this.#take();
    if (region === undefined && this.#failure !== undefined) {
      throw this.#failure.error;
    }
    return region;
  }

  /** Takes no more from stdin: what is whole by now is the rest. */
  stop(): void {
    this.#isAtEnd = true;
    this.#changed.resolve();
  }

  #take(): Uint8Array | undefined {
    const older = this.#older;
    if (older !== undefined) {
      this.#older = undefined;
      this.#lent = older.buffer;
      return older;
    }
    if (this.#wholeEnd === this.#start) return undefined;
    const region = this.#filling.subarray(this.#start, this.#wholeEnd);
    this.#start = this.#wholeEnd;
    this.#lent = region.buffer;
    return region;
  }

  async #readAhead(): Promise<void> {
    try {
      while (!this.#isAtEnd) {
        await this.#makeRoom();
        const free = this.#filling.subarray(this.#filled);
        const count = await this.#host.read(free);
        if (count === undefined) return this.#noteEnd();
        this.#noteRead(count);
      }
    } catch (error) {
      this.#failure = { error };
      this.stop();
    }
  }

  #noteRead(count: number): void {
    const from = this.#filled;
    this.#filled += count;
    const last = this.#filling.subarray(from, this.#filled)
      .lastIndexOf(LINE_FEED);
    if (last < 0) return this.#refuseLongLine();
    this.#wholeEnd = from + last + 1;
    this.#wake();
  }

  #refuseLongLine(): void {
    const { maxLineBytes } = this.#limits;
    if (this.#filled - this.#wholeEnd <= maxLineBytes) return;
    throw new DstreamError(
      "protocol.line_too_long",
      `a line on stdin is longer than ${maxLineBytes} bytes`,
    );
  }

  /** A last line without its line feed counts only if it is whole. */
  #noteEnd(): void {
    const rest = this.#filling.subarray(this.#wholeEnd, this.#filled);
    if (isWholeObject(rest)) {
      this.#filling[this.#filled++] = LINE_FEED;
      this.#wholeEnd = this.#filled;
    } else this.#unterminatedBytes = rest.length;
    this.stop();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Never 0 during a read, so a last line has room for its line feed. */
  get #room(): number {
    return this.#filling.length - this.#filled;
  }

  async #makeRoom(): Promise<void> {
    for (;;) {
      if (this.#isAllTaken) this.#reset();
      if (this.#room >= this.#leastReadBytes) return;
      if (this.#wholeEnd === this.#start && this.#start === 0) this.#grow();
      else if (this.#isOtherFree) this.#swap();
      else if (this.#room > 0) return;
      else await this.#untilFreed();
    }
  }

  get #isAllTaken(): boolean {
    return this.#filled > 0 && this.#start === this.#filled &&
      this.#lent !== this.#filling.buffer;
  }

  get #isOtherFree(): boolean {
    return this.#older === undefined && this.#lent !== this.#other.buffer;
  }

  #reset(): void {
    this.#filling = this.#usual(this.#filling, 0);
    this.#start = this.#wholeEnd = this.#filled = 0;
  }

  /** Goes on in the other buffer with the line that was cut. */
  #swap(): void {
    const full = this.#filling;
    const cut = full.subarray(this.#wholeEnd, this.#filled);
    if (this.#wholeEnd > this.#start) {
      this.#older = full.subarray(this.#start, this.#wholeEnd);
    }
    this.#filling = this.#usual(this.#other, cut.length);
    this.#filling.set(cut);
    this.#other = full;
    this.#start = this.#wholeEnd = 0;
    this.#filled = cut.length;
  }

  /** One line fills the whole buffer: it needs a larger one. */
  #grow(): void {
    const larger = new Uint8Array(this.#filling.length * 2);
    larger.set(this.#filling.subarray(0, this.#filled));
    this.#filling = larger;
  }

  /** The buffer where it fits, of the usual size wherever that is enough. */
  #usual(buffer: Buffer, leastBytes: number): Buffer {
    const { bufferBytes } = this.#limits;
    const neededBytes = leastBytes + this.#leastReadBytes + 1;
    const sizeBytes = neededBytes <= bufferBytes
      ? bufferBytes
      : 2 * neededBytes;
    return buffer.length === sizeBytes ? buffer : new Uint8Array(sizeBytes);
  }

  async #untilFreed(): Promise<void> {
    await this.#freed.promise;
    this.#freed = Promise.withResolvers();
  }
}
