/**
 * `jsonl`: one JSON value on each line becomes the data of one envelope, byte for
 * byte; blank lines are passed over.
 *
 * @module
 */

import type { JsonLines, Region, Wrapped } from "@dstream/sdk/files";
import {
  type Block,
  type Format,
  type Problem,
  type Taken,
  takeNothing,
  wholeLinesTo,
} from "./format.ts";
import type { Origin } from "./origin.ts";
import { countCharacters, validLinesTo } from "./utf8.ts";

const LINE_FEED = 0x0a;

/** See {@link Format}. */
export class JsonFormat implements Format {
  readonly #jsonLines: JsonLines;
  readonly #origin: Origin;

  constructor(jsonLines: JsonLines, origin: Origin) {
    this.#jsonLines = jsonLines;
    this.#origin = origin;
  }

  take(block: Block): Taken {
    const { input, from, output, line } = block;
    const to = wholeLinesTo(block);
    if (to === from) return takeNothing(block);
    const validTo = validLinesTo(input.bytes, from, to);
    const wrapped = this.#wrap(input, from, validTo, output, line);
    return {
      consumedTo: wrapped.consumedTo,
      passedLines: wrapped.passedLines,
      lines: output.bytes.subarray(0, wrapped.writtenTo),
      lineCount: wrapped.writtenLines,
      problem: problemOf(wrapped, input.bytes, to),
    };
  }

  #wrap(
    input: Region,
    from: number,
    to: number,
    output: Region,
    line: number,
  ): Wrapped {
    if (!this.#origin.hasPositions) {
      this.#setTemplate(line);
      return this.#jsonLines.wrap(input, from, to, output, 0, line);
    }
    let all: Wrapped = {
      status: "done",
      consumedTo: from,
      writtenTo: 0,
      passedLines: 0,
      writtenLines: 0,
      errorAt: 0,
    };
    // Metadata differ by line, so each is wrapped by itself.
    while (all.consumedTo < to && all.status === "done") {
      const number = line + all.passedLines;
      const end = input.bytes.indexOf(LINE_FEED, all.consumedTo) + 1;
      this.#setTemplate(number);
      const one = this.#jsonLines
        .wrap(input, all.consumedTo, end, output, all.writtenTo, number);
      all = {
        ...one,
        passedLines: all.passedLines + one.passedLines,
        writtenLines: all.writtenLines + one.writtenLines,
      };
    }
    return all;
  }

  #setTemplate(line: number): void {
    const head = this.#origin.head("line", line);
    this.#jsonLines.setTemplate('{"data":', `,"metadata":${head}`);
  }
}

function problemOf(
  { status, consumedTo, writtenLines, errorAt }: Wrapped,
  bytes: Uint8Array,
  to: number,
): Problem | undefined {
  if (consumedTo === to) return undefined;
  const recordTo = bytes.indexOf(0x0a, consumedTo) + 1;
  if (status === "done") {
    const reason = "is not UTF-8";
    return { reason, recordTo, lines: 1, isEncoding: true };
  }
  if (status === "invalid") {
    const column = countCharacters(bytes.subarray(consumedTo, errorAt)) + 1;
    const isCutOff = errorAt === recordTo - 1;
    const what = isCutOff ? "it ends too early" : `see column ${column}`;
    return { reason: `is not JSON: ${what}`, recordTo, lines: 1 };
  }
  if (writtenLines > 0) return undefined; // the rest fits into the next batch
  return {
    reason: "makes an envelope of more than 16 MiB",
    recordTo,
    lines: 1,
  };
}
