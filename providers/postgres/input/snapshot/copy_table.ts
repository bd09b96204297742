/**
 * Reads the rows of one table by COPY, in the order of its key.
 *
 * @module
 */

import { quoteIdentifier, quoteLiteral, quoteTable } from "../../names.ts";
import { ChangeLines, type Lines } from "../decode/change_lines.ts";
import type { QuickRows } from "../decode/quick/quick_rows.ts";
import type { RowShape } from "../decode/row_shape.ts";
import { Tuple } from "../decode/tuple.ts";
import type { Frames } from "../stream/frames.ts";

/** A batch is handed over when it is this large. */
const BATCH_BYTES = 256 * 1024;
/** Lines may grow a batch beyond that; the rest is room for one. */
export const COPY_BUFFER_BYTES = BATCH_BYTES + 64 * 1024;
const SILENCE_MS = 600_000;

/** A table to read, and from where. */
export interface CopyTask {
  readonly shape: RowShape;
  readonly isPartitioned: boolean;
  /** Names of the key's columns; none: the order is the server's. */
  readonly key: readonly string[];
  /** Texts of the key behind which to begin. */
  readonly after: readonly string[] | undefined;
  /** The position of all rows. */
  readonly place: string;
  /** The number behind that place; usually 0. */
  readonly index?: number;
  /** At most so many rows; else all. */
  readonly limit?: number;
  /** SQL that a row must meet. */
  readonly filter?: string | undefined;
}

/** Some rows. */
export interface CopiedRows extends Lines {
  /** The key of the last row, where the table has one. */
  readonly lastKey: readonly string[] | undefined;
}

const decoder = new TextDecoder();

/**
 * @param frames A connection in the transaction whose snapshot is to be read.
 * @param quick Whose memory the connection's messages are gathered in.
 * @throws {DstreamError} `postgres.connection_lost`, `postgres.refused`
 */
export async function* copyTable(
  frames: Frames,
  task: CopyTask,
  signal: AbortSignal,
  quick?: QuickRows,
): AsyncGenerator<CopiedRows> {
  const { shape, key, index = 0 } = task;
  const lines = new ChangeLines(COPY_BUFFER_BYTES, quick);
  lines.begin(task.place, {});
  const row = new Tuple();
  const columnCount = shape.cells.length;
  const keyAt = key.map((name) =>
    shape.cells.findIndex((cell) => cell.name === name)
  );
  let lastKey: readonly string[] | undefined;
  let hasKey = false;
  /** The row's bytes are there until more are read. */
  const noteKey = () => {
    if (key.length > 0 && hasKey) {
      lastKey = keyAt.map((at) => cellText(row, at));
    }
    hasKey = false;
  };
  const take = () => {
    noteKey();
    return { ...lines.take(), lastKey };
  };
  const readOn = () => {
    const { bytes, behind: at } = frames;
    const written = lines.run("copies", shape, 0, {
      bytes,
      at,
      enoughBytes: BATCH_BYTES,
      index,
    });
    if (written === undefined) return;
    frames.skipTo(written.at);
    // The key of the last row is wanted.
    row.readCopy(bytes, written.lastRow, written.at - 1, columnCount);
    hasKey = true;
  };
  frames.query(copyStatement(task));
  for (;;) {
    while (frames.next()) {
      if (frames.kind === 0x64) { // CopyData: a row and its line feed
        row.readCopy(frames.bytes, frames.start, frames.end - 1, columnCount);
        lines.row("read", shape, row, index);
        hasKey = true;
        if (lines.length >= BATCH_BYTES) yield take();
        readOn();
        if (lines.length >= BATCH_BYTES) yield take();
      } else if (frames.kind === 0x45) throw frames.serverError();
      else if (frames.kind === 0x5a) { // ReadyForQuery
        if (lines.count > 0) yield take();
        return;
      }
    }
    noteKey();
    const hasMore = await frames.fill(SILENCE_MS, signal);
    if (signal.aborted) return;
    if (!hasMore) throw new Error("Postgres sent no row for ten minutes");
  }
}

function cellText(row: Tuple, at: number): string {
  return decoder.decode(row.source.subarray(row.starts[at], row.ends[at]));
}

/** The statement; its rows go on behind `after`. */
export function copyStatement(
  { shape, isPartitioned, key, after, limit, filter }: CopyTask,
): string {
  const columns = shape.cells.map(({ name }) => quoteIdentifier(name));
  const keys = key.map(quoteIdentifier).join(", ");
  const from = `${isPartitioned ? "" : "ONLY "}${quoteTable(shape.name)}`;
  const conditions = [
    ...filter === undefined ? [] : [`(${filter})`],
    ...after === undefined
      ? []
      : [`(${keys}) > (${after.map(quoteLiteral).join(", ")})`],
  ];
  const where = conditions.length === 0
    ? ""
    : ` WHERE ${conditions.join(" AND ")}`;
  const order = key.length > 0 ? ` ORDER BY ${keys}` : "";
  const most = limit === undefined ? "" : ` LIMIT ${limit}`;
  return `COPY (SELECT ${columns.join(", ")} FROM ${from}${where}${order}` +
    `${most}) TO STDOUT`;
}
