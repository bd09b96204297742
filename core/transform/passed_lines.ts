/**
 * Collects what passed of a chunk, copying as little as can be.
 *
 * While no line has changed only the places of those that stay are noted. With the
 * first change it goes over to text, which is encoded once in the end.
 *
 * @module
 */

import { type ChunkLines, concat } from "./chunk_lines.ts";
import type { Line } from "./line.ts";
import type { ChunkOutcome } from "./outcome.ts";

/** How many lines passed, were taken out, passed, … */
export class Runs {
  readonly #counts: number[] = [0];
  #isPassing = true;

  add(isPassing: boolean): void {
    if (isPassing !== this.#isPassing) {
      this.#counts.push(0);
      this.#isPassing = isPassing;
    }
    this.#counts[this.#counts.length - 1]++;
  }

  counts(): { runs: readonly number[]; linesIn: number; linesOut: number } {
    const runs = this.#counts;
    let linesIn = 0;
    let linesOut = 0;
    for (let i = 0; i < runs.length; i++) {
      linesIn += runs[i];
      if (i % 2 === 0) linesOut += runs[i];
    }
    return { runs, linesIn, linesOut };
  }
}

const encoder = new TextEncoder();

/** See the module comment. */
export class PassedLines {
  readonly #lines: ChunkLines;
  readonly #runs = new Runs();
  #isChanged = false;
  /** What passed before {@link #ranges}; empty until something has changed. */
  #text = "";
  /** Unchanged lines that passed: start, end, start, … as UTF-16 offsets. */
  #ranges: number[] = [];

  /** @param lines Goes on from line to line while this listens. */
  constructor(lines: ChunkLines) {
    this.#lines = lines;
  }

  /** @param line The line `lines` is at, after all steps. */
  pass(line: Line): void {
    this.#runs.add(true);
    const { start, next } = this.#lines;
    if (line.isChanged) this.#addChanged(line.text);
    else if (this.#ranges.at(-1) === start) this.#ranges.splice(-1, 1, next);
    else this.#ranges.push(start, next);
  }

  takeOut(): void {
    this.#runs.add(false);
  }

  end(): Pick<ChunkOutcome, "bytes" | "linesIn" | "linesOut" | "runs"> {
    return { ...this.#runs.counts(), bytes: this.#bytes() };
  }

  #addChanged(text: string): void {
    this.#isChanged = true;
    this.#flush();
    const { end, next } = this.#lines;
    this.#text += end === next ? text : `${text}\n`;
  }

  #flush(): void {
    const { text } = this.#lines;
    for (const [start, end] of this.#pairs()) {
      this.#text += text.slice(start, end);
    }
    this.#ranges = [];
  }

  #bytes(): Uint8Array {
    if (this.#isChanged) {
      this.#flush();
      return encoder.encode(this.#text);
    }
    const { chunk, text } = this.#lines;
    const parts = text.length === chunk.length
      ? this.#pairs().map(([start, end]) => chunk.subarray(start, end))
      : this.#partsByLine();
    const [first] = parts;
    const isWhole = parts.length === 1 && first.length === chunk.length;
    return isWhole ? chunk : concat(parts);
  }

  #pairs(): [number, number][] {
    const ranges = this.#ranges;
    return Array.from(
      { length: ranges.length / 2 },
      (_, i) => [ranges[2 * i], ranges[2 * i + 1]],
    );
  }

  /** Where offsets into text and bytes differ, lines are counted instead. */
  #partsByLine(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let line = 0;
    for (const [i, count] of this.#runs.counts().runs.entries()) {
      if (i % 2 === 0) parts.push(this.#lines.bytesOf(line, line + count));
      line += count;
    }
    return parts.filter(({ length }) => length > 0);
  }
}
