/**
 * What became of a task's envelopes, so that the parts are the whole.
 *
 * read = filtered + delivered + dead-lettered + in flight, at every moment. An
 * envelope that several outputs get is delivered when all have it, and dead-lettered
 * as soon as one of them has its letter stored. All outputs are handed the same
 * lines, so their positions are the same.
 *
 * @module
 */

/** Counts of one task. */
export class Tally {
  /** Envelopes that transforms refused, or an output did. */
  rejected = 0;
  /** Of those: stored as dead letters. */
  deadLettered = 0;
  /** Refused lines that are not settled by every output yet, and those with a letter. */
  readonly #refused = new Set<number>();
  readonly #stored = new Set<number>();
  /** Refused lines that every output has settled. */
  #settledRefused = 0;

  /** An output refused the line at a position. */
  refuse(position: number): void {
    if (this.#refused.has(position)) return;
    this.#refused.add(position);
    this.rejected++;
  }

  /** That line's dead letter is stored. */
  store(position: number): void {
    if (this.#stored.has(position)) return;
    this.#stored.add(position);
    this.deadLettered++;
  }

  /** @param settled Lines that every output has settled. */
  delivered(settled: number): number {
    for (const position of this.#refused) {
      if (position > settled) continue;
      this.#refused.delete(position);
      this.#stored.delete(position);
      this.#settledRefused++;
    }
    return settled - this.#settledRefused;
  }
}
