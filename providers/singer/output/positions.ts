/**
 * Which envelopes a target's states stand for.
 *
 * The target gets states of ours, never the tap's: the newest position of each
 * stream, and the newest of all. Targets don't look inside; some give back the
 * newest one, some merge: they copy the bookmarks of the streams they have just
 * written and leave all else as they saw it first. Both say how far each stream is,
 * and everything before the first record of any stream that isn't there yet is
 * durable.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import { asObject } from "../json.ts";

/** Names our number; a word that no bookmark of a tap has. */
const WORD = "dstream";

/**
 * The first state a target sees: one that knows no stream, so that a target that
 * merges takes none for written.
 */
export const FIRST_MARKER: JsonObject = { bookmarks: {}, [WORD]: 0 };

/** Positions that follow each other, in order. */
interface Range {
  readonly from: number;
  to: number;
}

/** What was sent to a target and isn't known to be durable. */
export class Positions {
  readonly #streams = new Map<string, Range[]>();
  /** The newest position of each stream in this process of the target. */
  readonly #marks = new Map<string, number>();
  #newest = 0;
  #settled = 0;

  /** How many streams a marker names. */
  get streamCount(): number {
    return this.#marks.size;
  }

  /** Everything up to here is durable. */
  get settled(): number {
    return this.#settled;
  }

  /** A record of the stream was sent. Positions only grow. */
  add(stream: string, position: number): void {
    this.#newest = position;
    this.#marks.set(stream, position);
    const ranges = this.#streams.get(stream);
    if (ranges === undefined) {
      this.#streams.set(stream, [{ from: position, to: position }]);
      return;
    }
    const last = ranges.at(-1);
    if (last?.to === position - 1) last.to = position;
    else ranges.push({ from: position, to: position });
  }

  /** Nothing of it has to be durable: a line that was rejected, say. */
  pass(position: number): void {
    this.#newest = position;
  }

  /** The state that says what was sent so far. */
  marker(): JsonObject {
    const bookmarks = Object.fromEntries(
      [...this.#marks].map(([stream, position]) => [
        stream,
        { [WORD]: position },
      ]),
    );
    return { bookmarks, [WORD]: this.#newest };
  }

  /**
   * Takes a state that the target gave back.
   * @returns Whether it is one of ours.
   */
  takeEcho(state: Json): boolean {
    const bookmarks = asObject(asObject(state)?.bookmarks);
    const all = asObject(state)?.[WORD];
    if (bookmarks === undefined || typeof all !== "number") return false;
    let firstMissing = this.#newest + 1;
    for (const [stream, ranges] of this.#streams) {
      const mark = asObject(bookmarks[stream])?.[WORD];
      const missing = firstAfter(ranges, typeof mark === "number" ? mark : 0);
      if (missing !== undefined) firstMissing = Math.min(firstMissing, missing);
    }
    this.#settle(Math.max(all, firstMissing - 1));
    return true;
  }

  /** The target has ended as it should: all is durable, and the next begins. */
  takeEnd(): void {
    this.#settle(this.#newest);
    this.#marks.clear();
  }

  #settle(position: number): void {
    // A state from anywhere else may say anything.
    const upTo = Math.min(position, this.#newest);
    if (upTo <= this.#settled) return;
    this.#settled = upTo;
    for (const [stream, ranges] of this.#streams) {
      const kept = ranges.findIndex(({ to }) => to > upTo);
      if (kept < 0) this.#streams.delete(stream);
      else if (kept > 0) ranges.splice(0, kept);
    }
  }
}

/** The first position of the ranges above another. */
function firstAfter(
  ranges: readonly Range[],
  mark: number,
): number | undefined {
  const range = ranges.find(({ to }) => to > mark);
  return range === undefined ? undefined : Math.max(range.from, mark + 1);
}
