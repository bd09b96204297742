/**
 * `lines`: each line of a text becomes `{"line":"…"}`, without its line end; empty
 * lines are passed over.
 *
 * @module
 */

import {
  type Block,
  type Format,
  type Problem,
  type Taken,
  takeNothing,
  wholeLinesTo,
} from "./format.ts";
import type { Origin } from "./origin.ts";
import { validLinesTo } from "./utf8.ts";

/** One UTF-16 unit is at most this many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** How much text is looked at together. */
const STEP_BYTES = 256 * 1024;

/** See {@link Format}. */
export class TextFormat implements Format {
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  take(block: Block): Taken {
    const to = wholeLinesTo(block);
    if (to === block.from) return takeNothing(block);
    const { bytes } = block.input;
    const stepTo = bytes.indexOf(
      0x0a,
      Math.min(block.from + STEP_BYTES, to) - 1,
    );
    const validTo = validLinesTo(bytes, block.from, stepTo + 1);
    if (validTo === block.from) {
      return { ...takeNothing(block), problem: notUtf8(bytes, validTo) };
    }
    return this.#build(block, validTo);
  }

  /** Envelopes from [from, to), as many as there is room for. */
  #build(block: Block, to: number): Taken {
    const { input, from, output, line } = block;
    const texts = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(input.bytes.subarray(from, to)).split("\n");
    texts.pop(); // what is after the last line feed
    const room = output.bytes.length / MAX_BYTES_PER_UNIT;
    let built = "";
    let lineCount = 0;
    let passedLines = 0;
    for (const text of texts) {
      const envelope = this.#envelope(text, line + passedLines);
      if (built !== "" && built.length + envelope.length > room) break;
      built += envelope;
      passedLines++;
      if (envelope !== "") lineCount++;
    }
    const { read, written } = new TextEncoder()
      .encodeInto(built, output.bytes);
    if (read < built.length) {
      return { ...takeNothing(block), problem: tooLong(input.bytes, from) };
    }
    const consumedTo = passedLines === texts.length
      ? to
      : afterLines(input.bytes, from, passedLines);
    const lines = output.bytes.subarray(0, written);
    return { consumedTo, passedLines, lines, lineCount };
  }

  #envelope(text: string, line: number): string {
    const content = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (content === "") return "";
    const json = JSON.stringify(content);
    const head = this.#origin.head("line", line);
    return `{"data":{"line":${json}},"metadata":${head}${line}}}\n`;
  }
}

function notUtf8(bytes: Uint8Array, from: number): Problem {
  const recordTo = afterLines(bytes, from, 1);
  return { reason: "is not UTF-8", recordTo, lines: 1, isEncoding: true };
}

function tooLong(bytes: Uint8Array, from: number): Problem {
  const recordTo = afterLines(bytes, from, 1);
  return {
    reason: "makes an envelope of more than 16 MiB",
    recordTo,
    lines: 1,
  };
}

function afterLines(bytes: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let line = 0; line < count; line++) at = bytes.indexOf(0x0a, at) + 1;
  return at;
}
