/**
 * Time that moves only when a test says so.
 *
 * @module
 */

import type { Clock } from "../../core/ports/mod.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock whose sleepers wake on {@link advance}, in order of their time. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #sleepers: Sleeper[] = [];
  /** What a test sets the wall clock forward or back by. */
  wallShiftMs = 0;
  /** Every delay that was asked for, in order. */
  readonly slept: number[] = [];

  constructor(readonly startWallMs: number = Date.UTC(2026, 0, 1)) {}

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.startWallMs + this.wallShiftMs + this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(delayMs);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { dueMs: this.#nowMs + delayMs, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((s) => s !== sleeper);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** How many are asleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves time, waking sleepers at their moment and letting them act. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      await settle();
      const next = this.#sleepers
        .filter((s) => s.dueMs <= untilMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#sleepers = this.#sleepers.filter((s) => s !== next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
    }
    this.#nowMs = untilMs;
    await settle();
  }
}

/** Lets everything that can run without time run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
