/**
 * Envelopes that transforms refused, until each has its dead letter.
 *
 * The stream goes on meanwhile: a chunk that had to wait for its letters would cost
 * a write to the disk each, and chunks may be small. But nothing behind such an
 * envelope is settled for its input, and only so many may be on their way.
 *
 * @module
 */

import { unlessAborted } from "../wait.ts";
import { OpenPositions } from "./open_positions.ts";

/** More than this, and the stream waits. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_LETTERS = 10_000;

/** A refused envelope. */
export interface OpenLetter {
  /** Whose it is. */
  readonly input: number;
  /** As that input counts. */
  readonly position: number;
  /** Who refused it: several outputs may, and each has a letter of it. */
  readonly from: string;
  readonly lengthBytes: number;
}

/** The letters of one task that are not stored yet. */
export class OpenLetters {
  /** By input, and by who refused. */
  readonly #open: Map<string, OpenPositions>[] = [];
  #count = 0;
  #bytes = 0;
  #roomy: Promise<void> | undefined;
  #change = Promise.withResolvers<void>();

  /** How many. */
  get count(): number {
    return this.#count;
  }

  /** One more is on its way. */
  add({ input, position, from, lengthBytes }: OpenLetter): void {
    const open = this.#open[input] ??= new Map();
    if (!open.has(from)) open.set(from, new OpenPositions());
    open.get(from)!.add(position);
    this.#count++;
    this.#bytes += lengthBytes;
  }

  /** It is stored. */
  stored({ input, position, from, lengthBytes }: OpenLetter): void {
    this.#open[input].get(from)!.delete(position);
    this.#count--;
    this.#bytes -= lengthBytes;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Up to where an input's envelopes may be settled. */
  limit(input: number): number {
    const open = this.#open[input]?.values() ?? [];
    const firsts = Array.from(open, ({ first = Infinity }) => first);
    return Math.min(Infinity, ...firsts) - 1;
  }

  /** Waits while too many are on their way; however many wait, it is one wait. */
  async room(signal: AbortSignal): Promise<void> {
    if (!this.#isFull) return;
    this.#roomy ??= this.#awaitRoom(signal);
    await this.#roomy;
  }

  /** Waits until all are stored. */
  async allStored(signal: AbortSignal): Promise<void> {
    while (this.#count > 0) await unlessAborted(this.#change.promise, signal);
  }

  get #isFull(): boolean {
    return this.#count > MOST_LETTERS || this.#bytes > MOST_BYTES;
  }

  async #awaitRoom(signal: AbortSignal): Promise<void> {
    try {
      while (this.#isFull) await unlessAborted(this.#change.promise, signal);
    } finally {
      this.#roomy = undefined;
    }
  }
}
