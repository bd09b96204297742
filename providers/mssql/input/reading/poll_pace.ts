/**
 * How long to wait before a table is looked at again.
 *
 * @module
 */

/** Doubles while there is nothing, begins anew with a change. */
export class PollPace {
  readonly #minMs: number;
  readonly #maxMs: number;
  #nextMs: number;

  constructor(minMs: number, maxMs: number) {
    this.#minMs = minMs;
    this.#maxMs = Math.max(minMs, maxMs);
    this.#nextMs = minMs;
  }

  /** The pause of the moment. */
  get delayMs(): number {
    return this.#nextMs;
  }

  /** Nothing was there. @returns The pause to make now. */
  idle(): number {
    const delayMs = this.#nextMs;
    this.#nextMs = Math.min(this.#nextMs * 2, this.#maxMs);
    return delayMs;
  }

  /** Something was there, and all of it was read. @returns The pause to make. */
  changed(): number {
    this.#nextMs = this.#minMs;
    return this.#minMs;
  }
}

/** Pauses after failures: doubling, with chance, so that not all come at once. */
export class RetryPace {
  #failures = 0;

  constructor(
    readonly firstMs: number,
    readonly maxMs: number,
    /** From 0 to 1. */
    readonly random: () => number,
  ) {}

  failed(): number {
    const delayMs = Math.min(this.firstMs * 2 ** this.#failures, this.maxMs);
    this.#failures++;
    return delayMs * (0.8 + 0.4 * this.random());
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
