/**
 * What an output has taken and not flushed yet, and for how long it may.
 *
 * @module
 */

import type { Position } from "../../protocol/envelope.ts";
import type { HoldLimits } from "../output.ts";
import type { Host } from "./host.ts";

/** The first line taken waits no longer. */
const MOST_MS = 50;
/** With nothing more coming, no longer than this. */
const IDLE_MS = 5;

/** 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lines between `write` and `flush`. */
export class Unflushed {
  readonly #host: Host;
  readonly #mostBytes: number;
  readonly #mostEnvelopes: number;
  readonly #mostMs: number;
  readonly #idleMs: number;
  #position: Position = 0;
  #count = 0;
  #sizeBytes = 0;
  #sinceMs = 0;

  /**
   * @param window Half of it may be held.
   * @param hold What the output holds back for: the CLI's window is larger then.
   */
  constructor(
    host: Host,
    window: { readonly bytes: number; readonly envelopes: number },
    hold?: HoldLimits,
  ) {
    this.#host = host;
    this.#mostBytes = hold?.bytes ?? window.bytes / 2;
    this.#mostEnvelopes = hold?.envelopes ?? window.envelopes / 2;
    this.#mostMs = Math.min(hold?.delayMs ?? MOST_MS, LONGEST_TIMER_MS);
    this.#idleMs = hold === undefined ? IDLE_MS : this.#mostMs;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How long more lines may be waited for. */
  get patienceMs(): number {
    const waitedMs = this.#host.monotonicMs() - this.#sinceMs;
    return Math.max(0, Math.min(this.#idleMs, this.#mostMs - waitedMs));
  }

  /** Whether a flush can't wait for more lines. */
  get isDue(): boolean {
    return this.#count > 0 &&
      (this.#sizeBytes >= this.#mostBytes ||
        this.#count >= this.#mostEnvelopes ||
        this.#host.monotonicMs() - this.#sinceMs >= this.#mostMs);
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
