/**
 * All chance of a simulated world, from one seed.
 *
 * @module
 */

import type { Random } from "../../core/ports/mod.ts";

/** Numbers that repeat with the seed (mulberry32). */
export class Chance implements Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 2654435761) >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** True in so many of 1 cases. */
  hits(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)];
  }

  /** Small numbers often, large ones now and then. */
  skewed(from: number, to: number): number {
    return from + Math.floor(this.next() ** 3 * (to - from + 1));
  }
}
