/**
 * Lines handed to `write`, parsed only where someone looks.
 *
 * @module
 */

import type { Rejection } from "../../protocol/control.ts";
import {
  type Envelope,
  type JsonObject,
  LINE_FEED,
  type Position,
} from "../../protocol/envelope.ts";
import type { TableSchema } from "../../protocol/schema.ts";
import type { LineHead, OutputBatch } from "../output.ts";
import { type ParsedLine, parseLine, valueText } from "./json_text.ts";
import type { Schemas } from "./schema_book.ts";
import type { LocatedLines, UsualLines } from "./usual_lines.ts";

const CARRIAGE_RETURN = 0x0d;

/** How a line that can't be an envelope is rejected. */
export const INVALID = "invalid";

/** The reason of its rejection. */
export function because(
  { problem }: Extract<ParsedLine, { problem: string }>,
): string {
  return `this line is no envelope: ${problem}`;
}

/** What a batch is made of. */
export interface LineBatchParts {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** The position of its first line. */
  readonly first: Position;
  /** Where the lines begin, and the end; found when needed. */
  readonly starts: Uint32Array | undefined;
  readonly schemas: Schemas;
  /** Where looking at all lines at once is worth it. */
  readonly usualLines: UsualLines | undefined;
}

/** Lines that are parsed only when someone looks. */
export class LineBatch implements OutputBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly first: Position;
  /** What was rejected so far, each position once. */
  readonly rejections: Map<Position, Rejection> = new Map();
  readonly schemas: Schemas;
  readonly #usualLines: UsualLines | undefined;
  #starts: Uint32Array | undefined;
  #located: LocatedLines | undefined | "none";
  #parsed: (ParsedLine | undefined)[] | undefined;
  #envelopes: (Envelope | undefined)[] | undefined;

  constructor({ bytes, count, first, ...more }: LineBatchParts) {
    this.bytes = bytes;
    this.count = count;
    this.first = first;
    this.schemas = more.schemas;
    this.#starts = more.starts;
    this.#usualLines = more.usualLines;
  }

  get envelopes(): readonly (Envelope | undefined)[] {
    return this.#envelopes ??= Array.from(
      { length: this.count },
      (_, index) => this.envelope(index),
    );
  }

  envelope(index: number): Envelope | undefined {
    return this.#parse(index)?.envelope;
  }

  line(index: number): Uint8Array {
    const starts = this.#starts ??= lineStarts(this.bytes, this.count);
    const start = starts[index];
    const end = starts[index + 1] - 1;
    const hasReturn = end > start && this.bytes[end - 1] === CARRIAGE_RETURN;
    return this.bytes.subarray(start, hasReturn ? end - 1 : end);
  }

  dataText(index: number): string | undefined {
    const usual = this.#usual?.dataText(index);
    if (usual !== undefined) return usual;
    const text = this.#parse(index)?.text;
    return text === undefined ? undefined : valueText(text, "data");
  }

  metadataText(index: number): string | undefined {
    const usual = this.#usual?.metadataText(index);
    if (usual !== undefined) return usual;
    const text = this.#parse(index)?.text;
    return text === undefined ? undefined : valueText(text, "metadata") ?? "{}";
  }

  metadata(index: number): JsonObject | undefined {
    const usual = this.#usual?.metadataText(index);
    return usual === undefined
      ? this.#parse(index)?.envelope.metadata
      : JSON.parse(usual);
  }

  head(index: number): LineHead | undefined {
    return this.#usual?.head(index);
  }

  schemaOf(index: number): TableSchema | undefined {
    if (this.schemas.size === 0) return undefined;
    const { table, TableName } = this.metadata(index) ?? {};
    return this.schemas.get(String(table ?? TableName));
  }

  reject(index: number, reason: string, code?: string): void {
    const seq = this.first + index;
    const rejection = { seq, reason, ...(code === undefined ? {} : { code }) };
    if (!this.rejections.has(seq)) this.rejections.set(seq, rejection);
  }

  /** Found once, and for all lines. */
  get #usual(): LocatedLines | undefined {
    this.#located ??= this.#usualLines?.locate(this.bytes, this.count) ??
      "none";
    return this.#located === "none" ? undefined : this.#located;
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
