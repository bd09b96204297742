/**
 * The `delivered` callbacks of batches that are not settled yet.
 *
 * They are called in order and one at a time, however fast acknowledgements come.
 * The CLI bounds how many wait: it reads no more than its window from the input.
 *
 * @module
 */

import type { Position } from "../../protocol/envelope.ts";

interface Waiting {
  readonly position: Position;
  readonly delivered: () => void | Promise<void>;
}

/** Callbacks by the position that settles them. */
export class Deliveries {
  readonly #onFailure: (error: unknown) => void;
  #waiting: Waiting[] = [];
  #settled: Position = 0;
  #running: Promise<void> | undefined;

  /** @param onFailure A callback threw: nothing may be committed any more. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** The highest position known to be settled. */
  get settled(): Position {
    return this.#settled;
  }

  /** Remembers what to call once `position` is settled. */
  add(position: Position, delivered: () => void | Promise<void>): void {
    this.#waiting.push({ position, delivered });
    this.#run();
  }

  /** Everything up to `position` is settled; a lower one is ignored. */
  settle(position: Position): void {
    if (position <= this.#settled) return;
    this.#settled = position;
    this.#run();
  }

  /** Resolves when every callback that may be called has returned. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #run(): void {
    if (this.#running !== undefined || !this.#isDue()) return;
    this.#running = this.#callDue().finally(() => this.#running = undefined);
  }

  async #callDue(): Promise<void> {
    try {
      while (this.#isDue()) await this.#waiting.shift()?.delivered();
    } catch (error) {
      this.#waiting = [];
      this.#onFailure(error);
    }
  }

  #isDue(): boolean {
    return this.#waiting.length > 0 &&
      this.#waiting[0].position <= this.#settled;
  }
}
