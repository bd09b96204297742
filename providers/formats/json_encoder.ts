/**
 * `jsonl`: the data of each envelope on a line of its own, byte for byte.
 *
 * Lines of the usual shape are cut without being parsed; the others (keys in
 * another order, more keys, white space first) are, and those that turn out to be
 * no envelopes are rejected by then.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import { JsonLines } from "@dstream/sdk/files";
import { type Encoder, linesOf } from "./encoder.ts";

const LINE_FEED = 0x0a;

export class JsonEncoder implements Encoder {
  readonly recordKind = "lines";
  readonly #jsonLines: JsonLines;

  /** @param maxBatchBytes The longest batch; a single long line counts too. */
  constructor(maxBatchBytes: number) {
    this.#jsonLines = new JsonLines([maxBatchBytes, maxBatchBytes]);
  }

  encode(batch: OutputBatch, from = 0, to?: number): Uint8Array {
    const [input, output] = this.#jsonLines.regions;
    const lines = linesOf(batch, from, to);
    const { length } = lines;
    input.bytes.set(lines);
    let writtenTo = 0;
    let index = from;
    for (let at = 0; at < length;) {
      const cut = this.#jsonLines.unwrap(input, at, length, output, writtenTo);
      index += cut.writtenLines;
      at = cut.consumedTo;
      writtenTo = cut.writtenTo;
      if (at === length) break;
      writtenTo = writeLine(batch.dataText(index++), output.bytes, writtenTo);
      at = input.bytes.indexOf(LINE_FEED, at) + 1;
    }
    return output.bytes.subarray(0, writtenTo);
  }
}

function writeLine(
  text: string | undefined,
  bytes: Uint8Array,
  at: number,
): number {
  if (text === undefined) return at; // rejected
  const { written } = new TextEncoder().encodeInto(text, bytes.subarray(at));
  bytes[at + written] = LINE_FEED;
  return at + written + 1;
}
