/**
 * How many envelopes passed, how many then were taken out, how many then passed, and
 * so on: what {@link Origin.runs} holds.
 *
 * @module
 */

/** Counts by turns: passed, taken out, passed, … */
export type RunCounts = readonly number[];

/** How many there are in all. */
export function sumOf(runs: RunCounts): number {
  return runs.reduce((sum, count) => sum + count, 0);
}

/** How many of them passed. */
export function passedOf(runs: RunCounts): number {
  return runs.reduce((sum, count, i) => i % 2 === 0 ? sum + count : sum, 0);
}

/** For each that passed, which of all it is, counted from 1. */
export function passedPlaces(runs: RunCounts): readonly number[] {
  const places: number[] = [];
  let at = 0;
  for (const [i, count] of runs.entries()) {
    const end = at + count;
    if (i % 2 === 1) at = end;
    while (at < end) places.push(++at);
  }
  return places;
}

/**
 * What passed both: `inner` counts only what passed `outer`.
 *
 * @example
 * ```ts
 * import { composeRuns } from "./runs.ts";
 *
 * // Of three, the second was taken out; of the two left, the first.
 * console.log(composeRuns([1, 1, 1], [0, 1, 1])); // [0, 2, 1]
 * ```
 */
export function composeRuns(outer: RunCounts, inner: RunCounts): RunCounts {
  const both = new RunWriter();
  let [at, left] = [0, inner[0] ?? 0];
  for (const [i, count] of outer.entries()) {
    if (i % 2 === 1) both.add(false, count);
    let open = i % 2 === 1 ? 0 : count;
    while (open > 0) {
      while (left === 0) left = inner[++at];
      const taken = Math.min(open, left);
      both.add(at % 2 === 0, taken);
      open -= taken;
      left -= taken;
    }
  }
  return both.runs;
}

/** Cut behind the first `passed` that passed, and what was taken out before them. */
export function cutRuns(
  runs: RunCounts,
  passed: number,
): readonly [RunCounts, RunCounts] {
  const [before, after] = [new RunWriter(), new RunWriter()];
  let left = passed;
  for (const [i, count] of runs.entries()) {
    const isPassed = i % 2 === 0;
    const first = isPassed ? Math.min(left, count) : left > 0 ? count : 0;
    before.add(isPassed, first);
    after.add(isPassed, count - first);
    if (isPassed) left -= first;
  }
  return [before.runs, after.runs];
}

/** Joins what follows itself. */
class RunWriter {
  readonly runs: number[] = [];

  add(isPassed: boolean, count: number): void {
    if (count === 0) return;
    const { runs } = this;
    if (runs.length === 0 && !isPassed) runs.push(0);
    const isSame = runs.length % 2 === (isPassed ? 1 : 0);
    if (isSame) runs[runs.length - 1] += count;
    else runs.push(count);
  }
}
