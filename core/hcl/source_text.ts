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
    const lineStart = this.#lineStarts[line];
    const text = lineAt(this.written, lineStart);
    const from = Math.min(span.start - lineStart, text.length);
    const to = Math.max(from, Math.min(span.end - lineStart, text.length));
    return {
      file: this.file,
      line: line + 1,
      column: countCharacters(text.slice(0, from)) + 1,
      width: Math.max(1, countCharacters(text.slice(from, to))),
      text,
    };
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

function lineAt(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  const line = text.slice(start, end < 0 ? undefined : end);
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
