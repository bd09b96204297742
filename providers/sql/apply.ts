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

/** Applies changes within the transaction that is open. */
export async function applyChanges(
  parts: ApplyParts,
  changes: readonly RowChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const { connection, dialect, reject } = parts;
  await connection.run("SAVEPOINT dstream");
  try {
    for (const step of foldChanges(changes)) await takeStep(parts, step);
  } catch (error) {
    if (!isAboutRow(dialect, error)) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT dstream");
    await connection.run("RELEASE SAVEPOINT dstream");
    if (changes.length === 1) {
      reject(changes[0].index, reasonOf(dialect, error));
      return;
    }
    const middle = changes.length >> 1;
    await applyChanges(parts, changes.slice(0, middle));
    await applyChanges(parts, changes.slice(middle));
    return;
  }
  await connection.run("RELEASE SAVEPOINT dstream");
}

async function takeStep(parts: ApplyParts, step: Step): Promise<void> {
  const { connection, dialect, guard } = parts;
  switch (step.kind) {
    case "truncate":
      return await connection.run(
        `${dialect.emptyTable} ${quoteName(dialect, step.table.name)}`,
      );
    case "remove":
      return await connection.remove({ ...step, guard });
    case "move":
      return await takeMove(parts, step);
    case "put":
      return await takePut(parts, {
        ...step,
        columns: columnsOf(dialect, step.table, step.columns),
        guard: step.mode === "append" || step.mode === "insert"
          ? undefined
          : guard,
      });
  }
}

/** A replay finds the row under its new key. */
async function takeMove(
  { connection, dialect, guard }: ApplyParts,
  { change }: Extract<Step, { kind: "move" }>,
): Promise<void> {
  const { table, key, row, from, mode } = change;
  const columns = columnsOf(dialect, table, Object.keys(row.values));
  const move = { table, key, columns, from: from!.row, to: row };
  if (await connection.move(move)) return;
  await connection.put({ mode, table, key, columns, rows: [row], guard });
}

/**
 * Rows that swap a unique value stand in each other's way. Where they are whole
 * and nothing points at them, they are taken out and put back.
 */
async function takePut({ connection, dialect }: ApplyParts, put: Put) {
  const canReplace = put.mode === "upsert" && put.rows.length > 1 &&
    put.guard === undefined && !put.table.isReferenced &&
    put.columns.length === countOfWritable(put.table);
  if (!canReplace) return await connection.put(put);
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

function isAboutRow(dialect: Dialect, error: unknown): boolean {
  return error instanceof RowError || dialect.classify(error) === "row";
}

function reasonOf({ name }: Dialect, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${name} refused it: ${text}`;
}
