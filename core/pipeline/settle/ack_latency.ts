/**
 * How long envelopes wait for their acknowledgement, measured a chunk at a time.
 *
 * @module
 */

import type { LatencyHistogram } from "../events.ts";

/** Upper bounds in seconds. */
const BOUNDS = [
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

const MAX_OPEN = 100_000;

/** Histogram of one output; a chunk's last envelope stands for all of it. */
export class AckLatency implements LatencyHistogram {
  readonly boundsSeconds: readonly number[] = BOUNDS;
  readonly counts: number[] = BOUNDS.map(() => 0);
  count = 0;
  sumSeconds = 0;
  #open: { readonly position: number; readonly atMs: number }[] = [];
  #first = 0;

  /** Lines up to `position` were handed over. */
  handed(position: number, atMs: number): void {
    // With much in flight a sample of it is enough.
    if (this.#open.length - this.#first < MAX_OPEN) {
      this.#open.push({ position, atMs });
    }
  }

  /** Lines up to `position` are settled. */
  settled(position: number, nowMs: number): void {
    while (this.#open[this.#first]?.position <= position) {
      this.#record((nowMs - this.#open[this.#first++].atMs) / 1000);
    }
    if (this.#first < 1024 && this.#first < this.#open.length) return;
    this.#open = this.#open.slice(this.#first);
    this.#first = 0;
  }

  #record(seconds: number): void {
    this.count++;
    this.sumSeconds += seconds;
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.counts[bucket]++;
  }
}
