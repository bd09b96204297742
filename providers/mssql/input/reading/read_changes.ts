/**
 * One query of changes: its rows as envelope lines, and what it says of cleanup.
 *
 * @module
 */

import { ChangeAssembler } from "../encode/change_assembler.ts";
import { type EncodedLines, EnvelopeWriter } from "../encode/change_writer.ts";
import { FastRows } from "../encode/fast_rows.ts";
import type { FastSink } from "../encode/fast_tokens.ts";
import type { RowEncoder } from "../encode/row_encoder.ts";
import { isZeroLsn, toLsn } from "../offsets/lsn.ts";
import type { ReadingSize } from "./batch_sizer.ts";
import { isGap, type Position } from "../offsets/position.ts";
import type { AnswerSink, Cell } from "../connection/session.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import {
  changes,
  type ChangesShape,
  type ReadRange,
} from "../statements/mod.ts";
import type { ChangesReading } from "../tables/table_profile.ts";

/** What one query brought. */
export interface ReadChanges extends EncodedLines {
  /** Whether there may be more up to the same LSN. */
  readonly isFull: boolean;
  /** Cleanup passed the position: the lines may lack changes, and are dropped. */
  readonly isPassed: boolean;
  /** The last whole change; nothing when there was none. */
  readonly last: Position | undefined;
  readonly size: ReadingSize;
}

/** Reads changes from `range.from` on. */
export async function readChanges(
  sessions: SessionPool,
  reading: ChangesReading,
  range: ReadRange,
  signal: AbortSignal,
): Promise<ReadChanges> {
  const sink = new ChangesSink(reading);
  const beganMs = performance.now();
  await sessions.use(
    signal,
    (session) =>
      session.stream(changes(reading.shape, range), sink, { signal }),
  );
  const elapsedMs = performance.now() - beganMs;
  const { assembler, isCut } = sink;
  const encoded = sink.writer.take();
  reading.took(encoded.lines.length);
  const { rowCount: rows } = assembler;
  return {
    ...encoded,
    isFull: isCut || rows >= range.maxRows,
    isPassed: sink.minima.some((min) =>
      isZeroLsn(min) || isGap(range.from, min)
    ),
    last: assembler.last,
    size: { rows, bytes: encoded.lines.length, elapsedMs },
  };
}

/**
 * Rows go to the assembler, or where it is possible straight to the writer; the last
 * result set has the minima.
 */
class ChangesSink implements AnswerSink {
  readonly writer;
  readonly assembler: ChangeAssembler;
  readonly minima: Uint8Array[] = [];
  readonly fast: FastSink | undefined;
  readonly #maxBytes: number;
  #isChanges = false;
  isCut = false;

  constructor({ rows, shape, newWriter, maxBytes }: ChangesReading) {
    this.writer = newWriter();
    this.assembler = new ChangeAssembler(rows, this.writer, shape);
    this.#maxBytes = maxBytes;
    if (mayBeFast(shape, rows) && this.writer instanceof EnvelopeWriter) {
      this.fast = this.#fast(this.writer, shape, rows);
    }
  }

  #fast(
    writer: EnvelopeWriter,
    { columns }: ChangesShape,
    { encoders, options }: RowEncoder,
  ): FastSink {
    const { buffer, form } = writer;
    const shape = { columns, encoders, options, form };
    return ([first], reader) => {
      if (first.colName !== "__$start_lsn") return undefined;
      const rows = new FastRows(shape, buffer, reader);
      return { rows, added: () => this.#added(rows, writer) };
    };
  }

  #added(rows: FastRows, writer: EnvelopeWriter): void {
    if (this.isCut) return;
    writer.added();
    const { lsn, commandId, seqval, operation } = rows;
    this.isCut = writer.size > this.#maxBytes;
    // The rows that come now are read and dropped: the place stays at this one.
    rows.isDropping = this.isCut;
    const place = this.isCut ? [lsn.slice(), seqval.slice()] : [lsn, seqval];
    this.assembler.note(place[0], commandId, place[1], operation);
  }

  columns([first]: readonly string[]): void {
    this.#isChanges = first === "__$start_lsn";
  }

  row(cells: readonly Cell[]): void {
    if (!this.#isChanges) {
      for (const { value } of cells) {
        this.minima.push(toLsn(value as Uint8Array));
      }
    } else if (this.isCut) return;
    else {
      this.assembler.add(cells);
      // Large values: what comes now is read once more, with fewer rows.
      this.isCut = this.writer.size > this.#maxBytes &&
        this.assembler.last !== undefined;
    }
  }
}

/** The faster way knows the usual reading alone. */
function mayBeFast(shape: ChangesShape, rows: RowEncoder): boolean {
  return !shape.withBeforeImage && !shape.withCommitTime && !rows.hasOldLarge;
}
