/**
 * Time of a simulated world: it jumps to the next thing that is due.
 *
 * @module
 */

import type { Clock } from "../../core/ports/mod.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
}

/** The world's time. */
export class SimClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #sleepers: Sleeper[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      const onAbort = () => {
        cancel();
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Does something later. @returns How to call it off. */
  after(delayMs: number, action: () => void): () => void {
    const sleeper = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      wake: action,
    };
    this.#sleepers.push(sleeper);
    return () => {
      const at = this.#sleepers.indexOf(sleeper);
      if (at >= 0) this.#sleepers.splice(at, 1);
    };
  }

  /** Jumps to the next thing that is due. @returns Whether there was one. */
  wakeNext(): boolean {
    const [first] = this.#sleepers;
    if (first === undefined) return false;
    let next = first;
    for (const sleeper of this.#sleepers) {
      const isSooner = sleeper.dueMs < next.dueMs ||
        (sleeper.dueMs === next.dueMs && sleeper.order < next.order);
      if (isSooner) next = sleeper;
    }
    this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.wake();
    return true;
  }
}

/** The time of one CLI process: it stands still once that is killed. */
export class MortalClock implements Clock {
  #isDead = false;

  constructor(readonly world: SimClock) {}

  monotonicMs(): number {
    return this.world.monotonicMs();
  }

  wallMs(): number {
    return this.world.wallMs();
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    await this.world.sleep(delayMs, signal);
    if (this.#isDead) await new Promise(() => {});
  }

  die(): void {
    this.#isDead = true;
  }
}
