/**
 * Which dead letter goes where in a replay, and which of them have arrived.
 *
 * Letters are told apart by their place among those with the same goal, so nothing
 * has to be remembered of each, however many there are.
 *
 * @module
 */

import { TASK_TRANSFORMS, transformsOf } from "../base/letter_origin.ts";
import type { LetterLine } from "./letter_lines.ts";

/**
 * Index of one of the task's outputs; the same behind the transforms of its own; or
 * all outputs behind the task's transforms.
 */
export type Goal = number | `transforms of ${number}` | "transforms";

const RECORD_SEPARATOR = 0x1e;
const LINE_FEED = 0x0a;

export class Assignment {
  readonly #outputs: readonly string[];
  readonly #max: number;
  readonly #arrived = new Map<Goal, number>();

  /**
   * @param outputs The names of the task's outputs.
   * @param max Only so many letters, the first ones.
   */
  constructor(outputs: readonly string[], max = Infinity) {
    this.#outputs = outputs;
    this.#max = max;
  }

  /** How many letters have each goal. */
  async count(lines: AsyncIterable<LetterLine>): Promise<Map<Goal, number>> {
    const counts = new Map<Goal, number>();
    for await (const goal of this.#goals(lines)) {
      if (goal.to === undefined) continue;
      counts.set(goal.to, (counts.get(goal.to) ?? 0) + 1);
    }
    return counts;
  }

  /** The original lines of the letters with this goal. */
  async *linesTo(
    goal: Goal,
    lines: AsyncIterable<LetterLine>,
  ): AsyncGenerator<Uint8Array> {
    for await (const { to, original } of this.#goals(lines)) {
      if (to === goal) yield original!;
    }
  }

  /** The first so many letters with this goal are where they should be. */
  arrived(goal: Goal, count: number): void {
    this.#arrived.set(goal, count);
  }

  /** Tells, line by line in the same order, what is not settled. */
  staying(): (line: LetterLine) => boolean {
    const seen = new Map<Goal, number>();
    const assign = this.#assigner();
    return (line) => {
      const { to } = assign(line);
      if (to === undefined) return true;
      const place = (seen.get(to) ?? 0) + 1;
      seen.set(to, place);
      return place > (this.#arrived.get(to) ?? 0);
    };
  }

  async *#goals(lines: AsyncIterable<LetterLine>) {
    const assign = this.#assigner();
    for await (const line of lines) yield assign(line);
  }

  #assigner() {
    let assigned = 0;
    return ({ letter }: LetterLine): {
      readonly to: Goal | undefined;
      readonly original?: Uint8Array;
    } => {
      const to = letter && this.#goalOf(letter.output);
      if (letter === undefined || to === undefined || assigned >= this.#max) {
        return { to: undefined };
      }
      const original = letter.original();
      if (!isSendable(original)) return { to: undefined };
      assigned++;
      return { to, original };
    };
  }

  #goalOf(name: string): Goal | undefined {
    const index = this.#outputs.indexOf(name);
    if (index >= 0) return index;
    if (name === TASK_TRANSFORMS) return "transforms";
    const behind = this.#outputs.findIndex((one) => transformsOf(one) === name);
    if (behind >= 0) return `transforms of ${behind}`;
    // It has another name now, but no other can be meant.
    return this.#outputs.length === 1 ? 0 : undefined;
  }
}

/** What only looks like one line, or like a control record, would be miscounted. */
function isSendable(line: Uint8Array): boolean {
  return line[0] !== RECORD_SEPARATOR && !line.includes(LINE_FEED);
}
