/**
 * One partition that is ours, and how far it is: fetched, handed over, confirmed by
 * the destination, committed; never in another order.
 *
 * @module
 */

import { keyOf, type PartitionName } from "../connection/offsets.ts";

/** Offsets are those of the next message. */
export class Partition implements PartitionName {
  readonly key: string;
  /** What is asked for next. */
  fetched: number;
  /** What is handed over next. */
  handed: number;
  /** What was written down last, which will be confirmed or never be. */
  marked: number;
  /** What the destination has is before it. */
  confirmed: number;
  /** Where it began for this member. */
  readonly first: number;
  /** Nothing of it was committed by then. */
  isFresh = false;
  /** What others would go on with. */
  committed: number;
  /** Behind the last message there is, as far as known. */
  end = 0;
  /** Nothing is fetched or handed over: others may get it. */
  isPaused = false;
  /** Others have it: what comes of it is forgotten. */
  isGone = false;
  /** What was fetched under another one is not handed over. */
  round = 0;

  constructor(
    readonly topic: string,
    readonly partition: number,
    offset: number,
    /** Where it ends for this run; none: it is followed. */
    readonly stop: number | undefined,
  ) {
    this.key = keyOf(this);
    this.first =
      this.fetched =
      this.handed =
      this.marked =
        offset;
    this.confirmed = this.committed = offset;
  }

  /** Whether more of it is wanted. */
  get isWanted(): boolean {
    return !this.isPaused && !this.isGone && !this.isAtStop(this.fetched);
  }

  /** Whether all of it that belongs to this run was handed over. */
  get isDone(): boolean {
    return this.isAtStop(this.handed);
  }

  /** Messages nobody has confirmed yet. */
  get lag(): number {
    return Math.max(0, this.end - this.confirmed);
  }

  /** The destination has what is before the offset. */
  confirm(offset: number): void {
    // Behind the last message there may be marks of transactions, read and done with.
    const place = offset >= this.marked ? this.handed : offset;
    this.confirmed = Math.max(this.confirmed, place);
  }

  pause(): void {
    this.isPaused = true;
    this.#forgetFetched();
  }

  resume(): void {
    this.isPaused = false;
  }

  /** Another place to go on from: what was there is gone. */
  jump(offset: number): void {
    this.handed = offset;
    this.marked = Math.min(this.marked, offset);
    this.#forgetFetched();
  }

  #forgetFetched(): void {
    this.round++;
    this.fetched = this.handed;
  }

  isAtStop(offset: number): boolean {
    return this.stop !== undefined && offset >= this.stop;
  }
}
