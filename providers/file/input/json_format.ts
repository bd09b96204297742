/**
 * `jsonl`: one JSON value on each line becomes the data of one envelope, byte for
 * byte; blank lines are passed over.
 *
 * @module
 */

import type { JsonLines, Wrapped } from "@dstream/sdk/files";
import {
  type Block,
  type Format,
  type Problem,
  type Taken,
  takeNothing,
  wholeLinesTo,
} from "./format.ts";
import { countCharacters, validLinesTo } from "./utf8.ts";

/** See {@link Format}. */
export class JsonFormat implements Format {
  readonly #jsonLines: JsonLines;
  readonly #middle: string;

  constructor(jsonLines: JsonLines, file: string) {
    this.#jsonLines = jsonLines;
    this.#middle = `,"metadata":{"file":${JSON.stringify(file)},"line":`;
  }

  take(block: Block): Taken {
    const { input, from, output, line } = block;
    const to = wholeLinesTo(block);
    if (to === from) return takeNothing(block);
    const validTo = validLinesTo(input.bytes, from, to);
    this.#jsonLines.setTemplate('{"data":', this.#middle);
    const wrapped = this.#jsonLines.wrap(input, from, validTo, output, 0, line);
    return {
      consumedTo: wrapped.consumedTo,
      passedLines: wrapped.passedLines,
      lines: output.bytes.subarray(0, wrapped.writtenTo),
      lineCount: wrapped.writtenLines,
      problem: problemOf(wrapped, input.bytes, to),
    };
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
