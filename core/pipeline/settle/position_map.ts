/**
 * From "the output has settled its first N lines" to "this input's first M
 * envelopes are settled".
 *
 * Every line handed to an output completes an envelope of some input. Mostly they
 * go one to one, so only the places are kept where that changes: another input, an
 * envelope that a filter took out.
 *
 * @module
 */

import type { RunCounts } from "../relay/runs.ts";

/** Lines of the output that complete envelopes of the input, ending at both. */
interface Stretch {
  outputEnd: number;
  inputEnd: number;
  /** How many lines up to the end go one to one; 0: only the end is known. */
  lines: number;
}

/** One input's envelopes among one output's lines. */
export class PositionMap {
  #stretches: Stretch[] = [];
  #first = 0;
  #settled = 0;

  /** The input's envelopes that need nothing from this output any more. */
  get settled(): number {
    return this.#settled;
  }

  /** `lines` more lines of the output complete as many envelopes, up to these. */
  passed(outputEnd: number, inputEnd: number, lines: number): void {
    const last = this.#last;
    const goesOn = last !== undefined &&
      last.outputEnd + lines === outputEnd &&
      last.inputEnd + lines === inputEnd;
    if (goesOn) {
      last.outputEnd = outputEnd;
      last.inputEnd = inputEnd;
      last.lines += lines;
    } else this.#stretches.push({ outputEnd, inputEnd, lines });
  }

  /** Envelopes up to `inputEnd` are taken out: settled when all before them are. */
  tookOut(outputEnd: number, inputEnd: number): void {
    const last = this.#last;
    if (last?.outputEnd === outputEnd && last.lines === 0) {
      last.inputEnd = inputEnd;
    } else this.#stretches.push({ outputEnd, inputEnd, lines: 0 });
  }

  /**
   * Envelopes that passed or were taken out by turns, behind both places.
   * @returns Up to where the output's lines go now.
   */
  note(runs: RunCounts, outputStart: number, inputStart: number): number {
    let outputEnd = outputStart;
    let inputEnd = inputStart;
    for (const [n, count] of runs.entries()) {
      inputEnd += count;
      if (n % 2 === 1) this.tookOut(outputEnd, inputEnd);
      else if (count > 0) this.passed(outputEnd += count, inputEnd, count);
    }
    return outputEnd;
  }

  /** Which of the input's envelopes an unsettled line of the output completes. */
  inputOf(position: number): number {
    const stretches = this.#stretches.slice(this.#first);
    const found = stretches.find(({ outputEnd, lines }) =>
      position <= outputEnd && position > outputEnd - lines
    );
    if (found === undefined) return this.#settled + 1;
    return found.inputEnd - (found.outputEnd - position);
  }

  /** The output has settled its first `position` lines. */
  settle(position: number): void {
    while (this.#first < this.#stretches.length) {
      const { outputEnd, inputEnd, lines } = this.#stretches[this.#first];
      if (outputEnd > position) {
        const open = outputEnd - position;
        if (open <= lines) this.#raise(inputEnd - open);
        break;
      }
      this.#raise(inputEnd);
      this.#first++;
    }
    this.#forgetSettled();
  }

  get #last(): Stretch | undefined {
    return this.#first < this.#stretches.length
      ? this.#stretches.at(-1)
      : undefined;
  }

  #raise(position: number): void {
    this.#settled = Math.max(this.#settled, position);
  }

  #forgetSettled(): void {
    const isEmpty = this.#first === this.#stretches.length;
    if (!isEmpty && this.#first < 1024) return;
    this.#stretches = this.#stretches.slice(this.#first);
    this.#first = 0;
  }
}
