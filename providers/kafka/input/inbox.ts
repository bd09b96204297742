/**
 * What was fetched and waits to be handed over: no more than so many bytes.
 *
 * @module
 */

import type { AbortedTransaction } from "../wire/fetch_request.ts";
import type { Gap } from "./assignment.ts";
import type { Partition } from "./partition.ts";

/** Batches of one partition. */
export interface Chunk {
  readonly partition: Partition;
  /** As the partition was then. */
  readonly round: number;
  /** Records before it are not wanted. */
  readonly from: number;
  /** Behind its last record. */
  readonly next: number;
  readonly records: Uint8Array;
  readonly aborted: readonly AbortedTransaction[];
}

/** What is handed over next: batches, or word that some are gone. */
export type Item = { readonly chunk: Chunk } | { readonly gap: Gap };

/** What keeping a piece takes besides its bytes: there may be many small ones. */
const PIECE_BYTES = 512;

/** First in, first out. */
export class Inbox {
  readonly #mostBytes: number;
  readonly #items: Item[] = [];
  /** How many of them were looked into. */
  #seen = 0;
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;
  #wakeReader: (() => void) | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** What waits. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(item: Item): void {
    this.#items.push(item);
    this.#bytes += sizeOf(item);
    this.#wakeReader?.();
  }

  /** Whoever reads gets it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeReader?.();
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Resolves when there is room, or on a failure. */
  async room(): Promise<void> {
    while (this.#bytes >= this.#mostBytes && this.#failure === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Whether the next one was not looked into. */
  get isNextUnseen(): boolean {
    return this.#seen === 0 && this.#items.length > 0;
  }

  /** What came since it was looked last; it stays. */
  unseen(): readonly Item[] {
    const items = this.#items.slice(this.#seen);
    this.#seen = this.#items.length;
    return items;
  }

  /** @throws The failure, when all before it was taken. */
  take(): Item | undefined {
    const item = this.#items.shift();
    this.#seen = Math.max(0, this.#seen - 1);
    if (item === undefined && this.#failure !== undefined) {
      throw this.#failure.error;
    }
    if (item !== undefined) {
      this.#bytes -= sizeOf(item);
      for (const wake of this.#waiting.splice(0)) wake();
    }
    return item;
  }

  /** Until there is something, or for so long. */
  async wait(limitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.isEmpty || this.#failure !== undefined || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(end, limitMs);
      signal.addEventListener("abort", end);
      this.#wakeReader = end;
      function end() {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      }
    });
    this.#wakeReader = undefined;
  }
}

function sizeOf(item: Item): number {
  return PIECE_BYTES + ("chunk" in item ? item.chunk.records.length : 0);
}
