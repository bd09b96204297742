/**
 * Rows → envelope lines.
 *
 * @module
 */

import {
  type ChangeMetadata,
  metadataOf,
  type Operation,
} from "@dstream/sdk/changes";
import { JsonBytes } from "./json_bytes.ts";
import type { QuickRows, Rows, Written } from "./quick/quick_rows.ts";
import type { RowShape } from "./row_shape.ts";
import { NULL_CELL, type Tuple, UNCHANGED_CELL } from "./tuple.ts";

const encoder = new TextEncoder();
const DATA = encoder.encode('{"data":{');
const NO_DATA = encoder.encode('{"data":null');
const NULL = encoder.encode("null");
const BEFORE = encoder.encode(',"before":{');
const UNCHANGED = encoder.encode(',"unchanged":[');
const END = "}}\n";
const CLOSE = 0x7d;

/** How many digits a change's number within its transaction has. */
export const INDEX_DIGITS = 10;

/**
 * Buffers that take turns: the one that is written, and what the kit may still
 * read, which is the batch before and the one before that.
 */
const BUFFERS = 3;

/** What a row tells of the one before it. */
export type OldRow = "none" | "identity" | "whole";

/** Lines that go on together; see {@link ChangeLines.take}. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Collects lines; one per stream, or one per table that is copied. */
export class ChangeLines {
  count = 0;
  readonly #json: JsonBytes;
  readonly #used: Uint8Array[] = [];
  /** The end of every line's metadata, with the place of the index open. */
  #place: Uint8Array = new Uint8Array(0);
  /** Where in that the index ends. */
  #lastDigit = 0;
  /** What stands between a row's cells and the end of its line, and for what. */
  #tail: Uint8Array = new Uint8Array(0);
  #tailOpening: Uint8Array | undefined;
  /** The plan whose tails are those of this transaction. */
  #plan = 0;

  /** @param quick Writes what it can; of the same size. */
  constructor(readonly sizeBytes: number, private readonly quick?: QuickRows) {
    this.#json = new JsonBytes(quick?.nextOutput() ?? sizeBytes);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#json.length;
  }

  /**
   * Begins a transaction, or a snapshot.
   *
   * @param place Where it is in the log, in fixed width; each change's position is
   * this and its number.
   */
  begin(place: string, metadata: ChangeMetadata): void {
    const position = `${place}/${"0".repeat(INDEX_DIGITS)}`;
    const text = JSON.stringify(metadataOf({ position, ...metadata }));
    this.#place = encoder.encode(`,${text.slice(1, -1)}${END}`);
    this.#lastDigit = text.indexOf(position) + position.length - 1;
    this.#tailOpening = undefined;
    this.#plan = 0;
  }

  /**
   * Writes the rows that come next as far as it goes quickly.
   *
   * @param kind Changes, of which the messages tell more; or rows of COPY.
   * @param oid Of their table.
   * @returns `undefined` when the next message isn't for that.
   */
  run(
    kind: "changes" | "copies",
    shape: RowShape,
    oid: number,
    rows: Pick<Rows, "bytes" | "at" | "enoughBytes" | "index">,
  ): Written | undefined {
    const quick = this.quick;
    const json = this.#json;
    if (!quick?.has(rows.bytes) || !quick.has(json.bytes)) return undefined;
    const plan = quick.planOf(shape, oid);
    if (plan === 0) return undefined;
    if (plan !== this.#plan) {
      const isSet = quick.setTails(
        plan,
        shape.opening(kind === "changes" ? "insert" : "read"),
        shape.opening("update"),
        this.#place,
        this.#place.length - this.#lastDigit,
      );
      if (!isSet) return undefined;
      this.#plan = plan;
    }
    const written = quick[kind](plan, {
      ...rows,
      output: json.bytes,
      length: json.length,
    });
    json.length = written.length;
    this.count += written.count;
    return written.count === 0 ? undefined : written;
  }

  /** A row as it is, or as it was when it was deleted. */
  row(
    operation: Operation,
    shape: RowShape,
    row: Tuple,
    index: number,
    identityOnly = false,
  ): void {
    const json = this.#json;
    json.raw(DATA);
    writeCells(json, shape, row, undefined, identityOnly);
    this.#endRow(shape.opening(operation), index);
  }

  /** A row that was changed. */
  update(
    shape: RowShape,
    row: Tuple,
    old: Tuple,
    oldRow: OldRow,
    index: number,
  ): void {
    const json = this.#json;
    json.raw(DATA);
    const filler = oldRow === "whole" ? old : undefined;
    const hasUnchanged = writeCells(json, shape, row, filler, false);
    if (!hasUnchanged && oldRow === "none") {
      return this.#endRow(shape.opening("update"), index);
    }
    json.byte(CLOSE);
    json.raw(shape.opening("update"));
    if (hasUnchanged) writeUnchanged(json, shape, row, filler);
    if (oldRow !== "none") {
      json.raw(BEFORE);
      writeCells(json, shape, old, undefined, oldRow === "identity");
      json.byte(CLOSE);
    }
    this.#end(index);
  }

  /** A table that was emptied. */
  truncate(shape: RowShape, index: number): void {
    this.#json.raw(NO_DATA);
    this.#json.raw(shape.opening("truncate"));
    this.#end(index);
  }

  /** An envelope that is no row. @param envelope JSON up to its metadata's end. */
  message(envelope: string, index: number): void {
    this.#json.raw(encoder.encode(envelope));
    this.#end(index);
  }

  /**
   * The lines so far. Their bytes stay as they are until this was called
   * {@link BUFFERS} times more.
   */
  take(): Lines {
    const { bytes, length } = this.#json;
    const lines = { bytes: bytes.subarray(0, length), count: this.count };
    this.#json.bytes = this.quick?.nextOutput() ?? this.#nextBuffer(bytes);
    this.#json.length = 0;
    this.count = 0;
    return lines;
  }

  #nextBuffer(used: Uint8Array): Uint8Array {
    this.#used.push(used);
    return this.#used.length < BUFFERS
      ? new Uint8Array(this.sizeBytes)
      : this.#used.shift()!;
  }

  /** Most lines end like the one before: one copy instead of two. */
  #endRow(opening: Uint8Array, index: number): void {
    const json = this.#json;
    if (opening === this.#tailOpening) json.raw(this.#tail);
    else {
      const from = json.length;
      json.byte(CLOSE);
      json.raw(opening);
      json.raw(this.#place);
      this.#tail = json.bytes.slice(from, json.length);
      this.#tailOpening = opening;
    }
    this.#number(index);
  }

  #end(index: number): void {
    this.#json.raw(this.#place);
    this.#number(index);
  }

  /** Puts the index into the place that stands last. */
  #number(index: number): void {
    const { bytes, length } = this.#json;
    let digit = length - this.#place.length + this.#lastDigit;
    for (let rest = index; rest > 0;) {
      const tenth = Math.trunc(rest / 10);
      bytes[digit--] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.count++;
  }
}

/** @returns Whether a cell was left out because it did not change. */
function writeCells(
  json: JsonBytes,
  { cells }: RowShape,
  row: Tuple,
  filler: Tuple | undefined,
  identityOnly: boolean,
): boolean {
  let isFirst = true;
  let hasUnchanged = false;
  const count = Math.min(cells.length, row.count);
  for (let i = 0; i < count; i++) {
    const cell = cells[i];
    const { write, isIdentity } = cell;
    if (write === undefined || (identityOnly && !isIdentity)) continue;
    let from = row;
    if (row.starts[i] === UNCHANGED_CELL) {
      if (filler === undefined || filler.starts[i] === UNCHANGED_CELL) {
        hasUnchanged = true;
        continue;
      }
      from = filler;
    }
    json.bytesOf(isFirst ? cell.label : cell.nextLabel);
    isFirst = false;
    const start = from.starts[i];
    if (start === NULL_CELL) json.raw(NULL);
    else write(json, from.source, start, from.ends[i]);
  }
  return hasUnchanged;
}

function writeUnchanged(
  json: JsonBytes,
  { cells }: RowShape,
  row: Tuple,
  filler: Tuple | undefined,
): void {
  const names = cells.filter(({ write }, i) =>
    write !== undefined && row.starts[i] === UNCHANGED_CELL &&
    (filler === undefined || filler.starts[i] === UNCHANGED_CELL)
  ).map(({ name }) => JSON.stringify(name));
  json.raw(UNCHANGED);
  json.raw(encoder.encode(`${names.join(",")}]`));
}
