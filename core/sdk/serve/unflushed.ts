/**
 * What an output has taken and not flushed yet, and for how long it may.
 *
 * @module
 */

import type { Position } from "../../protocol/envelope.ts";
import type { Host } from "./host.ts";

/** The first line taken waits no longer. */
const MOST_MS = 50;
/** With nothing more coming, no longer than this. */
const IDLE_MS = 5;

/** Lines between `write` and `flush`. */
export class Unflushed {
  readonly #host: Host;
  readonly #mostBytes: number;
  readonly #mostEnvelopes: number;
  #position: Position = 0;
  #count = 0;
  #sizeBytes = 0;
  #sinceMs = 0;

  /** @param window Half of it may be held. */
  constructor(
    host: Host,
    window: { readonly bytes: number; readonly envelopes: number },
  ) {
    this.#host = host;
    this.#mostBytes = window.bytes / 2;
    this.#mostEnvelopes = window.envelopes / 2;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How long more lines may be waited for. */
  get patienceMs(): number {
    const waitedMs = this.#host.monotonicMs() - this.#sinceMs;
    return Math.max(0, Math.min(IDLE_MS, MOST_MS - waitedMs));
  }

  /** Whether a flush can't wait for more lines. */
  get isDue(): boolean {
    return this.#count > 0 &&
      (this.#sizeBytes >= this.#mostBytes ||
        this.#count >= this.#mostEnvelopes ||
        this.#host.monotonicMs() - this.#sinceMs >= MOST_MS);
  }

  /** Lines up to `position` were taken. */
  add(position: Position, count: number, sizeBytes: number): void {
    if (this.isEmpty) this.#sinceMs = this.#host.monotonicMs();
    this.#position = position;
    this.#count += count;
    this.#sizeBytes += sizeBytes;
  }

  /** They are durable. */
  clear(): { readonly position: Position; readonly sizeBytes: number } {
    const { position, sizeBytes } = {
      position: this.#position,
      sizeBytes: this.#sizeBytes,
    };
    this.#count = this.#sizeBytes = 0;
    return { position, sizeBytes };
  }
}
