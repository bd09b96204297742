/**
 * The lines of a chunk, as text and as bytes.
 *
 * @module
 */

import { LINE_FEED } from "../protocol/mod.ts";

/** Goes over the lines of a chunk of valid UTF-8. */
export class ChunkLines {
  /** Counted from 0. */
  index = -1;
  /** UTF-16 offsets into the text; `end` is before the line feed. */
  start = 0;
  end = 0;
  /** Where the next line begins. */
  next = 0;
  #lineStarts: readonly number[] | undefined;

  constructor(readonly chunk: Uint8Array, readonly text: string) {}

  /** @returns Whether there is another line. */
  advance(): boolean {
    const { text } = this;
    if (this.next >= text.length) return false;
    this.start = this.next;
    const feed = text.indexOf("\n", this.start);
    this.end = feed < 0 ? text.length : feed;
    this.next = feed < 0 ? text.length : feed + 1;
    this.index++;
    return true;
  }

  /** Of the line this is at, without its line feed; a view. */
  bytes(): Uint8Array {
    const { index } = this;
    return withoutLineFeed(this.bytesOf(index, index + 1));
  }

  /** Of several lines; a view. */
  bytesOf(firstLine: number, endLine: number): Uint8Array {
    const starts = this.#starts();
    return this.chunk.subarray(starts[firstLine], starts[endLine]);
  }

  /** Line starts in bytes, and the end of the chunk. */
  #starts(): readonly number[] {
    return this.#lineStarts ??= findLineStarts(this.chunk);
  }
}

/** Each with its line feed; views. */
export function splitLines(chunk: Uint8Array): Uint8Array[] {
  const starts = findLineStarts(chunk);
  return starts.slice(1).map((end, i) => chunk.subarray(starts[i], end));
}

/** A view. */
export function withoutLineFeed(line: Uint8Array): Uint8Array {
  return line.at(-1) === LINE_FEED ? line.subarray(0, -1) : line;
}

/** One after another, in memory of its own. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function findLineStarts(chunk: Uint8Array): number[] {
  const starts = [0];
  for (let at = 0; at < chunk.length; starts.push(at)) {
    const feed = chunk.indexOf(LINE_FEED, at);
    at = feed < 0 ? chunk.length : feed + 1;
  }
  return starts;
}
