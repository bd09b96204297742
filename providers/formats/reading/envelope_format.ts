/**
 * `envelopes`: the lines are envelopes already and are passed on untouched, without
 * a look inside; only that each begins with `{` is checked.
 *
 * @module
 */

import type { JsonLines } from "@dstream/sdk/files";
import {
  type Block,
  type Format,
  type Problem,
  type Taken,
  takeNothing,
  wholeLinesTo,
} from "./format.ts";

/** See {@link Format}. */
export class EnvelopeFormat implements Format {
  readonly #jsonLines: JsonLines;

  constructor(jsonLines: JsonLines) {
    this.#jsonLines = jsonLines;
  }

  take(block: Block): Taken {
    const { input } = block;
    const to = wholeLinesTo(block);
    if (to === block.from) return takeNothing(block);
    const blank = skipBlankLines(input.bytes, block.from, to);
    const from = blank.to;
    const { consumedTo, lines } = this.#jsonLines.countEnvelopes(
      input,
      from,
      to,
    );
    const isStray = consumedTo === from && from < to;
    if (lines > 0 && isTooLong(block, from, consumedTo)) {
      return {
        ...takeNothing(block),
        consumedTo: from,
        passedLines: blank.lines,
        problem: tooLong(input.bytes, from),
      };
    }
    return {
      consumedTo,
      passedLines: blank.lines + lines,
      lines: input.bytes.subarray(from, consumedTo),
      lineCount: lines,
      problem: isStray
        ? {
          reason: "is no envelope: it does not begin with {",
          recordTo: input.bytes.indexOf(0x0a, consumedTo) + 1,
          lines: 1,
        }
        : undefined,
    };
  }
}

/** A longer line than may be has come whole with the last read; it is alone. */
function isTooLong({ input, output }: Block, from: number, to: number) {
  const maxLineBytes = output.bytes.length;
  if (to - from <= maxLineBytes) return false;
  return input.bytes.indexOf(0x0a, from) - from >= maxLineBytes;
}

function tooLong(bytes: Uint8Array, from: number): Problem {
  const recordTo = bytes.indexOf(0x0a, from) + 1;
  return { reason: "is an envelope of more than 16 MiB", recordTo, lines: 1 };
}

function skipBlankLines(bytes: Uint8Array, from: number, to: number) {
  let lines = 0;
  let at = from;
  while (at < to) {
    let end = at;
    while (isBlank(bytes[end])) end++;
    if (bytes[end] !== 0x0a) break;
    at = end + 1;
    lines++;
  }
  return { to: at, lines };
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
