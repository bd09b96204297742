/**
 * Which lines no output gets, because each one's own transforms take them out.
 *
 * @module
 */

/** Lines from `start` on, before `end`; counted from 0. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

interface Branch {
  /** All before it is known. */
  end: number;
  ranges: readonly LineRange[];
}

/** Joins what the outputs take out; each of them gets the same lines. */
export class LeftOut {
  readonly #branches: readonly Branch[];

  /** @param outputs How many there are. */
  constructor(outputs: number) {
    this.#branches = Array.from(
      { length: outputs },
      () => ({ end: 0, ranges: [] }),
    );
  }

  /**
   * @param output Which one.
   * @param end It has decided on all lines before it.
   * @param ranges What it took out since it was asked last, in order.
   * @returns What is known now to be taken out by all.
   */
  note(
    output: number,
    end: number,
    ranges: readonly LineRange[],
  ): readonly LineRange[] {
    const branch = this.#branches[output];
    branch.end = end;
    branch.ranges = [...branch.ranges, ...ranges];
    const common = Math.min(...this.#branches.map((one) => one.end));
    const known = this.#branches.map((one) => takeBefore(one, common));
    return known.reduce(intersect);
  }
}

/** Removes what lies before `end` and returns it. */
function takeBefore(branch: Branch, end: number): readonly LineRange[] {
  const { ranges } = branch;
  branch.ranges = cut(ranges, end, Infinity);
  return cut(ranges, 0, end);
}

function cut(
  ranges: readonly LineRange[],
  from: number,
  to: number,
): readonly LineRange[] {
  return ranges
    .map(({ start, end }) => ({
      start: Math.max(start, from),
      end: Math.min(end, to),
    }))
    .filter(({ start, end }) => start < end);
}

function intersect(
  left: readonly LineRange[],
  right: readonly LineRange[],
): readonly LineRange[] {
  const both: LineRange[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const start = Math.max(left[i].start, right[j].start);
    const end = Math.min(left[i].end, right[j].end);
    if (start < end) both.push({ start, end });
    if (left[i].end < right[j].end) i++;
    else j++;
  }
  return both;
}
