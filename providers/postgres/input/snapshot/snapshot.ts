/**
 * Reads the rows of tables as they were at one moment, several tables at a time.
 *
 * @module
 */

import { DstreamError, type InputBatch, type InputContext } from "@dstream/sdk";
import type { Client } from "pg";
import { codeOf } from "../../connection/failure.ts";
import { shownName } from "../../names.ts";
import { RowShape } from "../decode/row_shape.ts";
import { readTable, type SourceTable } from "../setup/catalog.ts";
import type { TableChoice } from "../setup/choose_tables.ts";
import type { RowFilters } from "../setup/publication.ts";
import { QuickRows } from "../decode/quick/quick_rows.ts";
import { Frames } from "../stream/frames.ts";
import { type CopiedRows, COPY_BUFFER_BYTES, copyTable } from "./copy_table.ts";
import { merge } from "./merge.ts";
import type { SnapshotState } from "./snapshot_state.ts";

/** What to read, and how. */
export interface SnapshotOptions {
  readonly tables: readonly SourceTable[];
  readonly choice: TableChoice;
  readonly filters: RowFilters;
  readonly metadata: Readonly<Record<string, string>>;
  readonly readerCount: number;
  /** Opens a connection of a reader's own. */
  readonly connect: () => Promise<Client>;
  /** Of a transaction that is held open until {@link onTaken}. */
  readonly snapshot: string;
  /** Every reader has taken the snapshot over. */
  readonly onTaken: () => void | Promise<void>;
  /** What was read before, and where what is read now is noted. */
  readonly state: SnapshotState;
}

/** Rows of a table, or that they are all there. */
interface Read {
  readonly table: SourceTable;
  readonly shape: RowShape;
  readonly rows: CopiedRows | undefined;
}

/**
 * @throws {DstreamError} When a connection breaks: what is in the state was read,
 * the rest can be read in another snapshot.
 */
export async function* readSnapshot(
  options: SnapshotOptions,
  context: InputContext,
): AsyncGenerator<InputBatch> {
  const { state, tables } = options;
  const waiting = tables.filter((table) =>
    state.get(shownName(table))?.isDone !== true
  );
  const readers = await openReaders(
    options,
    Math.min(options.readerCount, waiting.length),
  );
  const opened: Opened[] = [];
  for (const table of waiting) {
    opened.push(await openTable(readers[0], table, options));
  }
  // Each reader takes the next table that is left.
  const queue = opened[Symbol.iterator]();
  const streams = readers.map((reader) =>
    readTables(reader, queue, options, context.signal)
  );
  let done = 0;
  for await (const { table, shape, rows } of merge(streams)) {
    if (context.signal.aborted) return;
    const name = shape.table;
    const after = rows?.lastKey;
    const isDone = rows === undefined;
    state.set(name, { oid: table.oid, isDone, ...(after && { after }) });
    if (isDone) {
      context.progress(`${name} was read`, ++done, waiting.length);
    }
    yield {
      schema: shape.schema,
      ...(rows && { lines: rows.bytes, lineCount: rows.count }),
      state: state.toJson(),
    };
  }
}

/** Each in a transaction that sees the snapshot. */
async function openReaders(
  { connect, snapshot, onTaken }: SnapshotOptions,
  count: number,
): Promise<Client[]> {
  const clients: Client[] = [];
  for (let i = 0; i < count; i++) {
    const client = await connect();
    clients.push(client);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query(`SET TRANSACTION SNAPSHOT '${snapshot}'`).catch(
      (error) => {
        throw isUnknownSnapshot(error) ? snapshotGone(error) : error;
      },
    );
  }
  await onTaken();
  return clients;
}

/** PostgreSQL 15 calls it an invalid parameter, 18 an object that isn't there. */
function isUnknownSnapshot(error: unknown): boolean {
  return ["22023", "42704"].includes(codeOf(error) ?? "");
}

/** Rows are read in a later state by the next run. */
function snapshotGone(cause: unknown): DstreamError {
  return new DstreamError(
    "postgres.snapshot_gone",
    "the snapshot is gone: the connection that held it broke",
    { cause },
  );
}

/** One reader: takes a table after the other from the queue. */
async function* readTables(
  client: Client,
  queue: Iterable<Opened>,
  { state, filters }: SnapshotOptions,
  signal: AbortSignal,
): AsyncGenerator<Read> {
  const quick = QuickRows.create(COPY_BUFFER_BYTES);
  const frames = new Frames(client, quick?.input);
  try {
    for (const { table, shape, key } of queue) {
      const former = state.get(shape.table);
      const isSame = former?.oid === table.oid && key.length > 0;
      const task = {
        shape,
        key,
        isPartitioned: table.isPartitioned,
        after: isSame ? former?.after : undefined,
        place: state.place,
        filter: filters.get(table.oid),
      };
      for await (const rows of copyTable(frames, task, signal, quick)) {
        yield { table, shape, rows };
      }
      if (signal.aborted) return;
      yield { table, shape, rows: undefined };
    }
  } finally {
    await frames.close();
  }
}

interface Opened {
  readonly table: SourceTable;
  readonly shape: RowShape;
  readonly key: readonly string[];
}

async function openTable(
  client: Client,
  table: SourceTable,
  { choice, metadata }: SnapshotOptions,
): Promise<Opened> {
  const { columns, key, types } = await readTable(client, table.oid);
  const chosen = choice.columnsOf(table);
  const shape = new RowShape(table, columns, key, types, chosen, metadata);
  return { table, shape, key };
}
