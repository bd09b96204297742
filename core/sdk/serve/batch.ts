/**
 * Regions of lines → batches for `write`, with their positions.
 *
 * @module
 */

import {
  type Envelope,
  ENVELOPE_START,
  LINE_FEED,
  type Position,
  RECORD_SEPARATOR,
} from "../../protocol/envelope.ts";
import type { Rejection } from "../../protocol/control.ts";
import { JsonLines } from "../files/json_lines/json_lines.ts";
import type { OutputBatch } from "../output.ts";
import { type ParsedLine, parseLine, valueText } from "./json_text.ts";

const CARRIAGE_RETURN = 0x0d;

/** How a line that can't be an envelope is rejected. */
export const INVALID = "invalid";

/** Bounds of a batch. */
export interface BatchBounds {
  readonly maxBytes: number;
  readonly maxEnvelopes: number;
}

/** Lines that go to `write` together, or one line that is no envelope. */
export type Piece =
  | { readonly kind: "batch"; readonly batch: LineBatch }
  | {
    readonly kind: "rejected";
    readonly rejection: Rejection;
    readonly sizeBytes: number;
  };

/** Smaller regions are looked at in JavaScript. */
const WORTH_SIMD_BYTES = 16 * 1024;
/** What is read at once; a larger region holds one long line. */
const MAX_SIMD_BYTES = 1024 * 1024;

/** Cuts regions into batches and counts positions. */
export class Batcher {
  readonly #bounds: BatchBounds;
  readonly #starts: Uint32Array;
  #jsonLines: JsonLines | undefined;
  #position: Position = 0;

  constructor(bounds: BatchBounds) {
    this.#bounds = bounds;
    this.#starts = new Uint32Array(bounds.maxEnvelopes + 1);
  }

  /** The position of the last line that was cut off. */
  get position(): Position {
    return this.#position;
  }

  /** Each piece must be done with before the next is asked for. */
  *cut(region: Uint8Array): Generator<Piece> {
    for (let at = 0; at < region.length;) {
      if (region[at] === ENVELOPE_START) {
        const batch = this.#cutBatch(region, at);
        at += batch.bytes.length;
        yield { kind: "batch", batch };
      } else {
        const end = region.indexOf(LINE_FEED, at) + 1;
        const line = region.subarray(at, end);
        if (region[at] !== RECORD_SEPARATOR) yield this.#cutOdd(line);
        at = end;
      }
    }
  }

  /** As many envelope lines as the bounds allow, at least one. */
  #cutBatch(region: Uint8Array, from: number): LineBatch {
    return this.#cutWhole(region, from) ?? this.#cutByLine(region, from);
  }

  /** Up to the first odd line, without a look at each, if that is in bounds. */
  #cutWhole(region: Uint8Array, from: number): LineBatch | undefined {
    const sizeBytes = region.length - from;
    if (sizeBytes < WORTH_SIMD_BYTES || sizeBytes > MAX_SIMD_BYTES) return;
    this.#jsonLines ??= new JsonLines([MAX_SIMD_BYTES]);
    const [input] = this.#jsonLines.regions;
    input.bytes.set(from === 0 ? region : region.subarray(from));
    const { consumedTo, lines } = this.#jsonLines
      .countEnvelopes(input, 0, sizeBytes);
    const { maxBytes, maxEnvelopes } = this.#bounds;
    if (consumedTo > maxBytes || lines > maxEnvelopes) return;
    const bytes = region.subarray(from, from + consumedTo);
    const first = this.#position + 1;
    this.#position += lines;
    return new LineBatch(bytes, undefined, lines, first);
  }

  #cutByLine(region: Uint8Array, from: number): LineBatch {
    const { maxBytes, maxEnvelopes } = this.#bounds;
    const starts = this.#starts;
    let count = 0;
    let at = from;
    while (region[at] === ENVELOPE_START && count < maxEnvelopes) {
      const end = region.indexOf(LINE_FEED, at) + 1;
      if (count > 0 && end - from > maxBytes) break;
      starts[count++] = at - from;
      at = end;
    }
    starts[count] = at - from;
    const first = this.#position + 1;
    this.#position += count;
    return new LineBatch(region.subarray(from, at), starts, count, first);
  }

  /** White space before an object is fine; anything else is no envelope. */
  #cutOdd(line: Uint8Array): Piece {
    const seq = ++this.#position;
    const parsed = parseLine(line);
    if (parsed.envelope === undefined) {
      const rejection = { seq, reason: because(parsed), code: INVALID };
      return { kind: "rejected", rejection, sizeBytes: line.length };
    }
    const starts = Uint32Array.of(0, line.length);
    return { kind: "batch", batch: new LineBatch(line, starts, 1, seq) };
  }
}

function because({ problem }: Extract<ParsedLine, { problem: string }>) {
  return `this line is no envelope: ${problem}`;
}

/** Lines that are parsed only when someone looks. */
export class LineBatch implements OutputBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly first: Position;
  /** What was rejected so far, each position once. */
  readonly rejections: Map<Position, Rejection> = new Map();
  #starts: Uint32Array | undefined;
  #parsed: (ParsedLine | undefined)[] | undefined;
  #envelopes: (Envelope | undefined)[] | undefined;

  /** @param starts Where the lines begin, and the end; found when needed. */
  constructor(
    bytes: Uint8Array,
    starts: Uint32Array | undefined,
    count: number,
    first: Position,
  ) {
    this.bytes = bytes;
    this.count = count;
    this.first = first;
    this.#starts = starts;
  }

  get envelopes(): readonly (Envelope | undefined)[] {
    return this.#envelopes ??= Array.from(
      { length: this.count },
      (_, index) => this.#parse(index)?.envelope,
    );
  }

  line(index: number): Uint8Array {
    const starts = this.#starts ??= lineStarts(this.bytes, this.count);
    const start = starts[index];
    const end = starts[index + 1] - 1;
    const hasReturn = end > start && this.bytes[end - 1] === CARRIAGE_RETURN;
    return this.bytes.subarray(start, hasReturn ? end - 1 : end);
  }

  dataText(index: number): string | undefined {
    const text = this.#parse(index)?.text;
    return text === undefined ? undefined : valueText(text, "data");
  }

  metadataText(index: number): string | undefined {
    const text = this.#parse(index)?.text;
    return text === undefined ? undefined : valueText(text, "metadata") ?? "{}";
  }

  reject(index: number, reason: string, code?: string): void {
    const seq = this.first + index;
    const rejection = { seq, reason, ...(code === undefined ? {} : { code }) };
    if (!this.rejections.has(seq)) this.rejections.set(seq, rejection);
  }

  #parse(index: number): Extract<ParsedLine, { text: string }> | undefined {
    this.#parsed ??= new Array(this.count);
    const parsed = this.#parsed[index] ??= parseLine(this.line(index));
    if (parsed.envelope !== undefined) return parsed;
    this.reject(index, because(parsed), INVALID);
  }
}

function lineStarts(bytes: Uint8Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (let index = 1; index <= count; index++) {
    starts[index] = bytes.indexOf(LINE_FEED, starts[index - 1]) + 1;
  }
  return starts;
}
