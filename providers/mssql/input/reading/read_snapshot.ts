/**
 * One chunk of a table's rows, by its key.
 *
 * @module
 */

import type { ReadingSize } from "./batch_sizer.ts";
import type { ChangeWriter, EncodedLines } from "../encode/change_writer.ts";
import { READ_OPERATION } from "../encode/line_form.ts";
import { formatLsn, ZERO_LSN } from "../offsets/lsn.ts";
import type { AnswerSink, Cell } from "../connection/session.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import type { SnapshotState } from "../offsets/snapshot_state.ts";
import { snapshotChunk } from "../statements/mod.ts";
import type { SnapshotReading } from "../tables/table_profile.ts";

/** What one query brought. */
export interface SnapshotChunk extends EncodedLines {
  readonly rowCount: number;
  /** Nothing when there was no row. */
  readonly lastKey: readonly string[] | undefined;
  readonly isLast: boolean;
  /** Of the table, after the rows were read; nothing when it is gone. */
  readonly modifiedAt: string | undefined;
  readonly size: ReadingSize;
}

/** Reads the rows behind `state.key`. */
export async function readSnapshotChunk(
  sessions: SessionPool,
  reading: SnapshotReading,
  state: SnapshotState,
  { maxRows, signal }: {
    readonly maxRows: number;
    readonly signal: AbortSignal;
  },
): Promise<SnapshotChunk> {
  const writer = reading.newWriter();
  const sink = new ChunkSink(reading, state, writer);
  const statement = snapshotChunk(reading.shape, state.key, maxRows);
  const beganMs = performance.now();
  await sessions.use(
    signal,
    (session) => session.stream(statement, sink, { signal }),
  );
  const elapsedMs = performance.now() - beganMs;
  const encoded = writer.take();
  const { rowCount, lastKey, isCut, modifiedAt } = sink;
  return {
    ...encoded,
    rowCount,
    lastKey,
    modifiedAt,
    isLast: !isCut && rowCount < maxRows,
    size: { rows: rowCount, bytes: encoded.lines.length, elapsedMs },
  };
}

const NO_SEQUENCE = formatLsn(ZERO_LSN);

class ChunkSink implements AnswerSink {
  rowCount = 0;
  isCut = false;
  modifiedAt: string | undefined;
  #areRows = true;
  lastKey: readonly string[] | undefined;
  readonly #lsn: string;

  constructor(
    readonly reading: SnapshotReading,
    readonly state: SnapshotState,
    readonly writer: ChangeWriter,
  ) {
    this.#lsn = formatLsn(state.lsn);
  }

  columns([first]: readonly string[]): void {
    this.#areRows = first !== "modified_at";
  }

  row(cells: readonly Cell[]): void {
    if (!this.#areRows) this.modifiedAt = cells[0].value as string;
    else if (!this.isCut) this.#add(cells);
  }

  #add(cells: readonly Cell[]): void {
    const { rows, shape, maxBytes } = this.reading;
    this.rowCount++;
    const keyCount = shape.key.length;
    this.lastKey = cells.slice(0, keyCount)
      .map(({ value }) => value as string);
    this.writer.add({
      lsn: this.#lsn,
      lsnBytes: this.state.lsn,
      seq: NO_SEQUENCE,
      // The row's number, so that no two rows have one place.
      commandId: this.state.rows + this.rowCount,
      operation: READ_OPERATION,
      data: rows.encode(cells, keyCount, READ_OPERATION),
      before: undefined,
      commitTime: undefined,
    });
    this.isCut = this.writer.size > maxBytes;
  }
}
