/**
 * Where `data` and `metadata` lie in lines of the usual shape, without parsing.
 *
 * The scanner checks that a line is JSON all through, with the keys `data` and
 * `metadata` in this order and no other. Any other line is left to json_text.ts.
 *
 * @module
 */

import { Buffer, isAscii, isUtf8 } from "node:buffer";
import { LINE_FEED } from "../../protocol/envelope.ts";
import { JsonLines } from "../files/json_lines/json_lines.ts";
import type { LineHead } from "../output.ts";
import { createSpots, scanHead, SPOT_OF } from "./scan_head.ts";

/** What is looked at at once. */
export const MAX_USUAL_BYTES = 1024 * 1024;

const SPAN_INTS = 5;
const LINE_FEED_AT = 4;
const MAX_ASCII = 0x7f;
/** Looking at more bytes than this costs more than decoding them. */
const SHORT_BYTES = 100;

/** The module with a region that lines are copied into. */
export class UsualLines {
  readonly #jsonLines = new JsonLines([MAX_USUAL_BYTES]);
  #loaded: Uint8Array | undefined;

  /** Counts lines from `from` on up to the first that doesn't begin with `{`. */
  count(
    region: Uint8Array,
    from: number,
  ): { readonly bytes: Uint8Array; readonly lines: number } {
    const [input] = this.#jsonLines.regions;
    input.bytes.set(from === 0 ? region : region.subarray(from));
    const { consumedTo, lines } = this.#jsonLines
      .countEnvelopes(input, 0, region.length - from);
    const bytes = region.subarray(from, from + consumedTo);
    this.#loaded = bytes;
    return { bytes, lines };
  }

  /** @returns `undefined` where a line is no UTF-8. */
  locate(bytes: Uint8Array, count: number): LocatedLines | undefined {
    if (!isUtf8(bytes)) return undefined;
    if (this.#loaded !== bytes) this.#jsonLines.regions[0].bytes.set(bytes);
    this.#loaded = bytes;
    return new LocatedLines(bytes, this.#spans(bytes, count));
  }

  /** Five offsets a line: see {@link JsonLines.locate}; -1 of other shapes. */
  #spans(bytes: Uint8Array, count: number): Int32Array {
    const [input] = this.#jsonLines.regions;
    const spans = new Int32Array(count * SPAN_INTS).fill(-1);
    for (let index = 0, from = 0; index < count;) {
      const to = bytes.length;
      const at = index * SPAN_INTS;
      index += this.#jsonLines.locate(input, from, to, spans, at);
      if (index > 0) from = spans[index * SPAN_INTS - 1] + 1;
      if (index === count) break;
      // More than the table holds, or a line of another shape.
      if (this.#jsonLines.findData(input, from) !== undefined) continue;
      spans[index * SPAN_INTS + LINE_FEED_AT] = bytes.indexOf(LINE_FEED, from);
      index++;
      from = spans[index * SPAN_INTS - 1] + 1;
    }
    return spans;
  }
}

/** Lines whose parts are known. */
export class LocatedLines {
  readonly #bytes: Buffer;
  /** One character a byte: right where they are ASCII. */
  readonly #text: string;
  readonly #isAscii: boolean;
  readonly #spans: Int32Array;
  readonly #spots = createSpots();
  /** Nearly always the same as for the line before. */
  #keyText = "";
  #key: readonly string[] | undefined;

  constructor(bytes: Uint8Array, spans: Int32Array) {
    const { buffer, byteOffset, length } = bytes;
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#text = this.#bytes.toString("latin1");
    this.#isAscii = isAscii(bytes);
    this.#spans = spans;
  }

  /** @returns `undefined` for a line of another shape. */
  dataText(index: number): string | undefined {
    return this.#slice(index * SPAN_INTS);
  }

  /** @returns `undefined` for a line of another shape. */
  metadataText(index: number): string | undefined {
    return this.#slice(index * SPAN_INTS + 2);
  }

  /** @returns `undefined` for a line of another shape, or with escapes. */
  head(index: number): LineHead | undefined {
    const at = index * SPAN_INTS;
    const [from, to] = [this.#spans[at + 2], this.#spans[at + 3]];
    const isRead = from >= 0 && scanHead(this.#bytes, from, to, this.#spots);
    if (!isRead) return undefined;
    return {
      table: this.#spot(SPOT_OF.table),
      operation: this.#spot(SPOT_OF.operation),
      key: this.#names(this.#spot(SPOT_OF.key)),
      position: this.#spot(SPOT_OF.position),
    };
  }

  #spot(at: number): string | undefined {
    const [from, to] = [this.#spots[at], this.#spots[at + 1]];
    return from < 0 ? undefined : this.#textOf(from, to);
  }

  #names(text: string | undefined): readonly string[] | undefined {
    if (text === undefined) return undefined;
    if (text === this.#keyText) return this.#key;
    const names: unknown = JSON.parse(text);
    const isNames = Array.isArray(names) &&
      names.every((name) => typeof name === "string");
    this.#keyText = text;
    return this.#key = isNames ? Object.freeze(names) : undefined;
  }

  #slice(at: number): string | undefined {
    const from = this.#spans[at];
    return from < 0 ? undefined : this.#textOf(from, this.#spans[at + 1]);
  }

  #textOf(from: number, to: number): string {
    return this.#isAscii || isShortAscii(this.#bytes, from, to)
      ? this.#text.slice(from, to)
      : this.#bytes.toString("utf8", from, to);
  }
}

/** Nothing but ASCII, of few bytes. */
function isShortAscii(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > SHORT_BYTES) return false;
  for (let at = from; at < to; at++) if (bytes[at] > MAX_ASCII) return false;
  return true;
}
