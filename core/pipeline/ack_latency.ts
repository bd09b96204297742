/**
 * Times acknowledgements, one envelope at a time.
 *
 * Timing each would cost as much as moving it. So one is picked, the next one
 * only when that is settled: a comparison for each write and each
 * acknowledgement, and a look at the clock for each one picked. In a stream
 * without pause that is a sample for each round trip to the output.
 *
 * @module
 */

import type { Clock } from "../ports/mod.ts";
import type { LatencyHistogram } from "./events.ts";

/** From a memory's answer to a warehouse's. */
const BOUNDS_SECONDS: readonly number[] = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
];

/**
 * A histogram that fills itself from what is handed over and settled. Positions
 * are the task's, and only grow.
 */
export class AckLatency implements LatencyHistogram {
  readonly boundsSeconds = BOUNDS_SECONDS;
  readonly counts: number[] = BOUNDS_SECONDS.map(() => 0);
  count = 0;
  sumSeconds = 0;
  readonly #clock: Pick<Clock, "monotonicMs">;
  #awaited = Infinity;
  #sinceMs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Everything up to `position` was given to the output. */
  handed(position: number): void {
    if (this.#awaited !== Infinity) return;
    this.#awaited = position;
    this.#sinceMs = this.#clock.monotonicMs();
  }

  /** Everything up to `position` is settled. */
  settled(position: number): void {
    if (position < this.#awaited) return;
    this.#awaited = Infinity;
    this.#count((this.#clock.monotonicMs() - this.#sinceMs) / 1000);
  }

  #count(seconds: number): void {
    this.count++;
    this.sumSeconds += seconds;
    const bucket = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.counts[bucket]++;
  }
}
