/**
 * One file's text: as written, as expanded by templates, and how to get from an
 * offset in the second to a place in the first.
 *
 * @module
 */

import type { Location } from "../base/errors.ts";
import type { Span } from "./syntax_tree.ts";

/**
 * A run of the expanded text and what it was written as. A copied run has equal
 * lengths; an inserted one points at the whole `{{ … }}`.
 */
export interface Segment {
  readonly expandedStart: number;
  readonly expandedEnd: number;
  readonly writtenStart: number;
  readonly writtenEnd: number;
  readonly isCopied: boolean;
}

/** A file's text with its places. */
export class SourceText {
  readonly #lineStarts: readonly number[];
  readonly #segments: readonly Segment[];
  /** Of the line that was asked for last. */
  #marks: ColumnMarks | undefined;

  /**
   * @param file As the user would name it.
   * @param written The text in the file.
   * @param expanded What the parser reads; equal to `written` without templates.
   * @param segments Cover `expanded` in order; absent: nothing was expanded.
   */
  constructor(
    readonly file: string,
    readonly written: string,
    readonly expanded: string = written,
    segments?: readonly Segment[],
  ) {
    this.#lineStarts = findLineStarts(written);
    this.#segments = segments ?? [{
      expandedStart: 0,
      expandedEnd: expanded.length,
      writtenStart: 0,
      writtenEnd: written.length,
      isCopied: true,
    }];
  }

  /** Where a span of the expanded text was written. */
  locate(span: Span): Location {
    const last = Math.max(span.start, span.end - 1);
    const start = this.#writtenRange(span.start).start;
    const end = span.end > span.start
      ? this.#writtenRange(last).end
      : this.#writtenRange(span.start).start;
    return this.locateWritten({ start, end });
  }

  /** Where a span of the written text is; the caret stays on its first line. */
  locateWritten(span: Span): Location {
    const line = this.#lineOf(span.start);
    const { from, to, text } = this.#onFirstLine(span, line);
    const before = this.#marksOf(line, text).count(from);
    return {
      file: this.file,
      line: line + 1,
      column: before + 1,
      width: Math.max(1, this.#marksOf(line, text).count(to) - before),
      text,
    };
  }

  /** What was written for a span of the expanded text, on its first line. */
  writtenOf(span: Span): string {
    const last = Math.max(span.start, span.end - 1);
    const { start } = this.#writtenRange(span.start);
    const { end } = this.#writtenRange(last);
    const { from, to, text } = this.#onFirstLine(
      { start, end },
      this.#lineOf(start),
    );
    return text.slice(from, to);
  }

  #onFirstLine(span: Span, line: number) {
    const lineStart = this.#lineStarts[line];
    const text = lineBetween(
      this.written,
      lineStart,
      this.#lineStarts[line + 1],
    );
    const from = Math.min(span.start - lineStart, text.length);
    const to = Math.max(from, Math.min(span.end - lineStart, text.length));
    return { from, to, text };
  }

  #marksOf(line: number, text: string): ColumnMarks {
    if (this.#marks?.line !== line) this.#marks = new ColumnMarks(line, text);
    return this.#marks;
  }

  /** One expanded offset's written range: a character, or a whole `{{ … }}`. */
  #writtenRange(offset: number): Span {
    const segment = this.#segmentAt(offset);
    if (segment === undefined) {
      return { start: this.written.length, end: this.written.length };
    }
    if (!segment.isCopied) {
      return { start: segment.writtenStart, end: segment.writtenEnd };
    }
    const start = segment.writtenStart + (offset - segment.expandedStart);
    return { start, end: start + 1 };
  }

  #segmentAt(offset: number): Segment | undefined {
    const index = lastAtOrBelow(
      this.#segments.length,
      (i) => this.#segments[i].expandedStart <= offset,
    );
    return this.#segments[index];
  }

  #lineOf(offset: number): number {
    return lastAtOrBelow(
      this.#lineStarts.length,
      (i) => this.#lineStarts[i] <= offset,
    );
  }
}

/** The last index for which `isAtOrBelow` holds; it holds for a prefix. */
function lastAtOrBelow(
  length: number,
  isAtOrBelow: (index: number) => boolean,
): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAtOrBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

function lineBetween(
  text: string,
  start: number,
  nextStart: number | undefined,
): string {
  const line = text.slice(start, nextStart && nextStart - 1);
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Characters are counted once, however many places of a line are asked for. */
const MARK_EVERY = 1_024;

/** How many characters there are before a place of one line. */
class ColumnMarks {
  /** By `index / MARK_EVERY`: the characters before that index. */
  readonly #counts: number[] = [0];

  constructor(readonly line: number, readonly text: string) {}

  /** Characters that begin before `end`. */
  count(end: number): number {
    const mark = Math.floor(end / MARK_EVERY);
    while (this.#counts.length <= mark) {
      const from = (this.#counts.length - 1) * MARK_EVERY;
      const before = this.#counts.at(-1)!;
      this.#counts.push(before + this.#starts(from, from + MARK_EVERY));
    }
    return this.#counts[mark] + this.#starts(mark * MARK_EVERY, end);
  }

  /** The second half of a surrogate pair begins no character. */
  #starts(from: number, to: number): number {
    let count = 0;
    for (let at = from; at < to; at++) {
      const isSecondHalf = isLow(this.text.charCodeAt(at)) && at > 0 &&
        isHigh(this.text.charCodeAt(at - 1));
      if (!isSecondHalf) count++;
    }
    return count;
  }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
