/**
 * Starts only so many tasks at once.
 *
 * Hundreds of processes that load at the same time share the cores, and all of them
 * would be too late; those that are ready cost next to nothing.
 *
 * @module
 */

import type { StopSwitch } from "./stop.ts";

/** For each core: a process that loads is not always busy. */
const STARTS_PER_CORE = 4;

/** Who waits for a place, in order. */
export class StartQueue {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param places How many may start at once. */
  constructor(
    stop: StopSwitch,
    places: number = STARTS_PER_CORE * navigator.hardwareConcurrency,
  ) {
    this.#free = places;
    // What is stopped needs no place: it ends before anything is started.
    stop.onStop(() => {
      this.#free = Infinity;
      for (const enter of this.#waiting.splice(0)) enter();
    });
  }

  /** Resolves when it may start; @returns how its place is given back. */
  async enter(): Promise<() => void> {
    if (this.#free <= 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#free--;
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
