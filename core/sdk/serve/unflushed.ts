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

/** Lines that were taken together. */
interface Taken {
  /** Of the last of them. */
  readonly position: Position;
  readonly count: number;
  readonly sizeBytes: number;
  readonly atMs: number;
}

/** Lines between `write` and `flush`. */
export class Unflushed {
  /** Whether it is kept on purpose, also while nothing comes. */
  readonly isHeld: boolean;
  readonly #host: Host;
  readonly #mostBytes: number;
  readonly #mostEnvelopes: number;
  readonly #mostMs: number;
  readonly #idleMs: number;
  readonly #taken: Taken[] = [];
  #position: Position = 0;
  #count = 0;
  #sizeBytes = 0;

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
    this.isHeld = hold !== undefined;
    this.#idleMs = hold === undefined ? IDLE_MS : this.#mostMs;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How long more lines may be waited for. */
  get patienceMs(): number {
    const waitedMs = this.#waitedMs;
    return Math.max(0, Math.min(this.#idleMs, this.#mostMs - waitedMs));
  }

  /** Whether a flush can't wait for more lines. */
  get isDue(): boolean {
    return this.#count > 0 &&
      (this.#sizeBytes >= this.#mostBytes ||
        this.#count >= this.#mostEnvelopes ||
        this.#waitedMs >= this.#mostMs);
  }

  /** Lines up to `position` were taken. */
  add(position: Position, count: number, sizeBytes: number): void {
    const atMs = this.#host.monotonicMs();
    this.#taken.push({ position, count, sizeBytes, atMs });
    this.#position = position;
    this.#count += count;
    this.#sizeBytes += sizeBytes;
  }

  /** They are durable. */
  clear(): { readonly position: Position; readonly sizeBytes: number } {
    return this.clearTo(this.#position);
  }

  /**
   * Those up to a position are durable. Of lines that were taken together all wait
   * until the last one is.
   */
  clearTo(
    upTo: Position,
  ): { readonly position: Position; readonly sizeBytes: number } {
    const before = this.#sizeBytes;
    const later = this.#taken.findIndex(({ position }) => position > upTo);
    const done = later < 0 ? this.#taken.length : later;
    for (const { count, sizeBytes } of this.#taken.splice(0, done)) {
      this.#count -= count;
      this.#sizeBytes -= sizeBytes;
    }
    const position = Math.min(upTo, this.#position);
    return { position, sizeBytes: before - this.#sizeBytes };
  }

  get #waitedMs(): number {
    const [oldest] = this.#taken;
    return oldest === undefined ? 0 : this.#host.monotonicMs() - oldest.atMs;
  }
}
