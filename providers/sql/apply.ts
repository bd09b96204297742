/**
 * Takes the steps of a batch within a transaction; what can't be stored is found by
 * halving, under savepoints.
 *
 * The halves follow the order of the stream. So what is good is stored, a row that
 * the database refuses costs one rejection, and rows that need each other (a
 * foreign key) find each other.
 *
 * @module
 */

import {
  type Column,
  type Connection,
  type Dialect,
  type Move,
  type Put,
  quoteName,
  RowError,
  type TableFacts,
} from "./dialect.ts";
import { foldChanges, type RowChange, type Step } from "./fold.ts";
import type { Reject } from "./read_changes.ts";

/** What is needed to take steps. */
export interface ApplyParts {
  readonly dialect: Dialect;
  readonly connection: Connection;
  /** The column that must not get smaller. */
  readonly guard: string | undefined;
  readonly reject: Reject;
}

/** Rows that an update of some columns was for, and that aren't there. */
export interface Missed {
  readonly table: TableFacts;
  readonly count: number;
}

/** Applies changes within the transaction that is open. */
export async function applyChanges(
  parts: ApplyParts,
  changes: readonly RowChange[],
): Promise<readonly Missed[]> {
  if (changes.length === 0) return [];
  const { connection, dialect, reject, guard } = parts;
  const missed: Missed[] = [];
  await connection.run("SAVEPOINT dstream");
  try {
    for (const step of foldChanges(changes, guard !== undefined)) {
      for (const one of await takeStep(parts, step)) missed.push(one);
    }
  } catch (error) {
    if (!isAboutRow(dialect, error)) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT dstream");
    await connection.run("RELEASE SAVEPOINT dstream");
    if (changes.length === 1) {
      reject(changes[0].index, reasonOf(dialect, error));
      return [];
    }
    const middle = changes.length >> 1;
    const first = await applyChanges(parts, changes.slice(0, middle));
    return [...first, ...await applyChanges(parts, changes.slice(middle))];
  }
  await connection.run("RELEASE SAVEPOINT dstream");
  return missed;
}

/**
 * @param isBare Without savepoints: an error is the end of the transaction.
 * @throws What the database says.
 */
export async function takeStep(
  parts: ApplyParts,
  step: Step,
  isBare = false,
): Promise<readonly Missed[]> {
  const { connection, dialect, guard } = parts;
  switch (step.kind) {
    case "truncate":
      await connection.run(
        `${dialect.emptyTable} ${quoteName(dialect, step.table.name)}`,
      );
      return [];
    case "remove":
      await connection.remove({ ...step, guard });
      return [];
    case "move":
      return await takeMove(parts, step, isBare);
    case "put":
      return await takePut(parts, {
        ...step,
        columns: columnsOf(dialect, step.table, step.columns),
        guard: step.mode === "append" || step.mode === "insert"
          ? undefined
          : guard,
      }, isBare);
  }
}

/** With a guard, rows may be there and newer. */
function missedOf(put: Put, found: number): readonly Missed[] {
  const count = put.rows.length - found;
  const isKnown = put.mode === "update" && put.guard === undefined;
  return isKnown && count > 0 ? [{ table: put.table, count }] : [];
}

/** A replay finds the row under its new key, or under both. */
async function takeMove(
  parts: ApplyParts,
  { change }: Extract<Step, { kind: "move" }>,
  isBare: boolean,
): Promise<readonly Missed[]> {
  const { dialect, connection, guard } = parts;
  const { table, key, row, from, mode } = change;
  const columns = columnsOf(dialect, table, Object.keys(row.values));
  const move = { table, key, columns, from: from!.row, to: row };
  const isMoved = isBare
    ? await connection.move(move)
    : await moveOver(parts, move);
  if (isMoved) return [];
  const put = { mode, table, key, columns, rows: [row], guard };
  return missedOf(put, await connection.put(put));
}

/** What has the new key already is the same row, of a time that comes later. */
async function moveOver(
  { dialect, connection }: ApplyParts,
  move: Move,
): Promise<boolean> {
  const { table, key, to } = move;
  await connection.run("SAVEPOINT dstream_move");
  let isMoved: boolean;
  try {
    isMoved = await connection.move(move);
  } catch (error) {
    if (!isAboutRow(dialect, error)) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT dstream_move");
    await connection.remove({ table, key, rows: [to], guard: undefined });
    isMoved = await connection.move(move);
  }
  await connection.run("RELEASE SAVEPOINT dstream_move");
  return isMoved;
}

/**
 * Rows that swap a unique value stand in each other's way. Where they are whole
 * and nothing points at them, they are taken out and put back.
 */
async function takePut(
  { connection, dialect }: ApplyParts,
  put: Put,
  isBare: boolean,
): Promise<readonly Missed[]> {
  const canReplace = !isBare && put.mode === "upsert" && put.rows.length > 1 &&
    put.guard === undefined && !put.table.isReferenced &&
    put.columns.length === countOfWritable(put.table);
  if (!canReplace) return missedOf(put, await connection.put(put));
  await connection.run("SAVEPOINT dstream_put");
  try {
    await connection.put(put);
  } catch (error) {
    if (!isAboutRow(dialect, error)) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT dstream_put");
    await connection.remove(put);
    await connection.put(put);
  }
  await connection.run("RELEASE SAVEPOINT dstream_put");
  return [];
}

function countOfWritable({ columns }: TableFacts): number {
  return [...columns.values()].filter(({ isGenerated }) => !isGenerated).length;
}

/** Those that the database doesn't compute itself. */
function columnsOf(
  { fold }: Dialect,
  { columns }: TableFacts,
  names: readonly string[],
): Column[] {
  return names.flatMap((name) => {
    const column = columns.get(fold(name));
    return column === undefined || column.isGenerated
      ? []
      : { ...column, name };
  });
}

/** Whether others may be stored where this was said. */
export function isAboutRow(dialect: Dialect, error: unknown): boolean {
  return error instanceof RowError || dialect.classify(error) === "row";
}

function reasonOf({ name }: Dialect, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${name} refused it: ${text}`;
}
