/**
 * One query of changes: its rows as envelope lines, and what it says of cleanup.
 *
 * @module
 */

import { ChangeAssembler } from "./change_assembler.ts";
import type { EncodedLines } from "./change_writer.ts";
import { isZeroLsn, toLsn } from "./lsn.ts";
import type { ReadingSize } from "./batch_sizer.ts";
import { isGap, type Position } from "./position.ts";
import type { AnswerSink, Cell } from "./session.ts";
import type { SessionPool } from "./session_pool.ts";
import { changes, type ReadRange } from "./statements.ts";
import type { ChangesReading } from "./table_profile.ts";

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

/** Rows go to the assembler; the last result set has the minima. */
class ChangesSink implements AnswerSink {
  readonly writer;
  readonly assembler: ChangeAssembler;
  readonly minima: Uint8Array[] = [];
  readonly #maxBytes: number;
  #isChanges = false;
  isCut = false;

  constructor({ rows, shape, newWriter, maxBytes }: ChangesReading) {
    this.writer = newWriter();
    this.assembler = new ChangeAssembler(rows, this.writer, shape);
    this.#maxBytes = maxBytes;
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
