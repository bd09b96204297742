/**
 * Regions of lines → batches for `write`, with their positions.
 *
 * @module
 */

import {
  ENVELOPE_START,
  LINE_FEED,
  type Position,
  RECORD_SEPARATOR,
} from "../../protocol/envelope.ts";
import type { Rejection } from "../../protocol/control.ts";
import { parseLine } from "./json_text.ts";
import { because, INVALID, LineBatch } from "./line_batch.ts";
import { SchemaBook } from "./schema_book.ts";
import { MAX_USUAL_BYTES, UsualLines } from "./usual_lines.ts";

export type { LineBatch };

/** Bounds of a batch. */
export interface BatchBounds {
  readonly maxBytes: number;
  readonly maxEnvelopes: number;
}

/** Lines that go to `write` together, one that is no envelope, or a wish. */
export type Piece =
  | { readonly kind: "flush" }
  | { readonly kind: "batch"; readonly batch: LineBatch }
  | {
    readonly kind: "rejected";
    readonly rejection: Rejection;
    readonly sizeBytes: number;
  };

/** Smaller regions are looked at in JavaScript. */
const WORTH_SIMD_BYTES = 16 * 1024;

/** Cuts regions into batches and counts positions. */
export class Batcher {
  readonly #bounds: BatchBounds;
  readonly #starts: Uint32Array;
  readonly #schemas = new SchemaBook();
  #usualLines: UsualLines | undefined;
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
        else if (isFlush(line)) yield { kind: "flush" };
        else this.#schemas.hear(line);
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
    if (sizeBytes < WORTH_SIMD_BYTES || sizeBytes > MAX_USUAL_BYTES) return;
    this.#usualLines ??= new UsualLines();
    const { bytes, lines } = this.#usualLines.count(region, from);
    const { maxBytes, maxEnvelopes } = this.#bounds;
    if (bytes.length > maxBytes || lines > maxEnvelopes) return;
    return this.#batch(bytes, undefined, lines);
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
    return this.#batch(region.subarray(from, at), starts, count);
  }

  /** @param starts Where the lines begin, and the end; found when needed. */
  #batch(
    bytes: Uint8Array,
    starts: Uint32Array | undefined,
    count: number,
  ): LineBatch {
    const first = this.#position + 1;
    this.#position += count;
    const isWorth = bytes.length >= WORTH_SIMD_BYTES &&
      bytes.length <= MAX_USUAL_BYTES;
    return new LineBatch({
      bytes,
      count,
      first,
      starts,
      schemas: this.#schemas.current,
      usualLines: isWorth ? this.#usualLines ??= new UsualLines() : undefined,
    });
  }

  /** White space before an object is fine; anything else is no envelope. */
  #cutOdd(line: Uint8Array): Piece {
    const parsed = parseLine(line);
    if (parsed.envelope !== undefined) {
      const starts = Uint32Array.of(0, line.length);
      return { kind: "batch", batch: this.#batch(line, starts, 1) };
    }
    const seq = ++this.#position;
    const rejection = { seq, reason: because(parsed), code: INVALID };
    return { kind: "rejected", rejection, sizeBytes: line.length };
  }
}

/** `{"flush":true}`: what an output holds back must be durable now. */
function isFlush(line: Uint8Array): boolean {
  return line.length < MOST_FLUSH_BYTES &&
    /^.\{\s*"flush"\s*:\s*true\b/.test(new TextDecoder().decode(line));
}

const MOST_FLUSH_BYTES = 64;
