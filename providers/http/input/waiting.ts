/**
 * Requests that wait until their envelopes are delivered.
 *
 * @module
 */

import type { Envelope } from "@dstream/sdk";

/** One request's envelopes and its answer. */
export interface Waiting {
  readonly envelopes: readonly Envelope[];
  /** They are delivered. */
  settle(): void;
}

/** A queue with a bound, from the server to the reader. */
export class Queue {
  readonly #limit: number;
  #queued: Waiting[] = [];
  #unsettled = 0;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#unsettled >= this.#limit;
  }

  /** Resolves when they are delivered. */
  put(envelopes: readonly Envelope[]): Promise<void> {
    this.#unsettled++;
    return new Promise((resolve) => {
      const settle = () => {
        this.#unsettled--;
        resolve();
      };
      this.#queued.push({ envelopes, settle });
      this.#wake?.();
    });
  }

  /** All that wait; none when the stop came first. */
  async take(signal: AbortSignal): Promise<readonly Waiting[]> {
    if (this.#queued.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      this.#wake = undefined;
    }
    const taken = this.#queued;
    this.#queued = [];
    return taken;
  }
}
