/**
 * What became of a task's envelopes, so that the parts are the whole.
 *
 * read = filtered + delivered + dead-lettered + in flight, at every moment. An
 * envelope that several outputs get is delivered when all have it, and dead-lettered
 * as soon as one of them has its letter stored. It is filtered where each output's own
 * transforms take it out.
 *
 * Positions are those of the task's lines: what its transforms let pass, before the
 * outputs' own.
 *
 * @module
 */

import type { LineRange } from "./left_out.ts";

interface RefusedState {
  isStored: boolean;
  isSettled: boolean;
}

/** Counts of one task. */
export class Tally {
  /** Envelopes that transforms refused, or an output did. */
  rejected = 0;
  /** Of those: stored as dead letters. */
  deadLettered = 0;
  /** Refused lines, until they have a letter and every output has settled them. */
  readonly #refused = new Map<number, RefusedState>();
  /** Refused lines that every output has settled. */
  #settledRefused = 0;
  /** Lines that no output gets, as far as they are not settled, and those that are. */
  #leftOut: LineRange[] = [];
  #settledLeftOut = 0;
  #allLeftOut = 0;

  /** An output refused the line at a position. */
  refuse(position: number): void {
    if (this.#refused.has(position)) return;
    this.#refused.set(position, { isStored: false, isSettled: false });
    this.rejected++;
  }

  /** That line's dead letter is stored. */
  store(position: number): void {
    const line = this.#refused.get(position);
    if (line === undefined || line.isStored) return;
    line.isStored = true;
    this.deadLettered++;
    if (line.isSettled) this.#refused.delete(position);
  }

  /** No output gets these lines, counted from 0. */
  leaveOut(ranges: readonly LineRange[]): void {
    for (const range of ranges) {
      this.#leftOut.push(range);
      this.#allLeftOut += range.end - range.start;
    }
  }

  /** @param lines Lines that every output was handed. */
  handed(lines: number): number {
    return lines - this.#allLeftOut;
  }

  /** @param settled Lines that every output has settled. */
  delivered(settled: number): number {
    for (const [position, line] of this.#refused) {
      if (position > settled || line.isSettled) continue;
      line.isSettled = true;
      this.#settledRefused++;
      if (line.isStored) this.#refused.delete(position);
    }
    this.#settleLeftOut(settled);
    return settled - this.#settledRefused - this.#settledLeftOut;
  }

  #settleLeftOut(settled: number): void {
    const done = this.#leftOut.findIndex(({ end }) => end > settled);
    const gone = done < 0 ? this.#leftOut.length : done;
    for (const { start, end } of this.#leftOut.slice(0, gone)) {
      this.#settledLeftOut += end - start;
    }
    this.#leftOut = this.#leftOut.slice(gone);
    const [first] = this.#leftOut;
    if (first === undefined || first.start >= settled) return;
    this.#settledLeftOut += settled - first.start;
    this.#leftOut[0] = { start: settled, end: first.end };
  }
}
