/**
 * What another process may do to a model: one JSON object a line, answered by one.
 *
 * @module
 */

import type { SqlValue } from "../tds/column_type.ts";
import { SqlServerError } from "../tds/errors.ts";
import { DroppedConnection } from "../tds/errors.ts";
import { parseSqlType } from "../tds/sql_type.ts";
import type { ModelDatabase } from "./database.ts";
import { fromHex, toHex } from "./lsn.ts";
import type { Point } from "./interruptions.ts";
import type { ModelColumn } from "./model_column.ts";
import type { Model } from "./model.ts";
import type { RowValues } from "./table.ts";

/** Values as JSON has them: bytes as `0x…`, large numbers and dates as text. */
export type JsonRow = Readonly<
  Record<string, string | number | boolean | null>
>;

/** One change of a transaction. */
export type JsonChange =
  | { readonly insert: string; readonly row: JsonRow }
  | { readonly update: string; readonly key: JsonRow; readonly set: JsonRow }
  | { readonly delete: string; readonly key: JsonRow };

/** What may be asked; `database` is the first one when it isn't given. */
export type Command =
  & { readonly database?: string }
  & (
    | {
      readonly do: "create_table";
      readonly table: string;
      readonly columns: readonly ModelColumn[];
      readonly key: readonly string[];
    }
    | {
      readonly do: "add_column";
      readonly table: string;
      readonly column: ModelColumn;
    }
    | { readonly do: "enable_cdc" }
    | { readonly do: "disable_cdc" }
    | {
      readonly do: "enable_table";
      readonly table: string;
      readonly name?: string;
      readonly columns?: readonly string[];
    }
    | { readonly do: "disable_instance"; readonly name: string }
    /** One transaction. */
    | { readonly do: "apply"; readonly changes: readonly JsonChange[] }
    /** Many small transactions of inserts; see {@linkcode fill}. */
    | {
      readonly do: "fill";
      readonly table: string;
      readonly from: number;
      readonly count: number;
      readonly perTransaction: number;
      readonly row: JsonRow;
    }
    | { readonly do: "clean_up"; readonly instance: string }
    | { readonly do: "stop_capture" }
    | { readonly do: "start_capture" }
    /** Ends connections: all, or those that hold application locks. */
    | { readonly do: "drop"; readonly holdsLocks?: boolean }
    /** The next statement of a kind fails, or loses its connection. */
    | {
      readonly do: "interrupt";
      readonly tag: string;
      readonly error?: { readonly number: number; readonly message: string };
      /** Before it when not given. */
      readonly point?: Point;
      readonly times?: number;
      readonly skip?: number;
    }
    /** What was planned and hasn't happened won't. */
    | { readonly do: "calm" }
    /** Answers with {@linkcode ModelState}. */
    | { readonly do: "state" }
  );

/** What a test looks at. */
export interface ModelState {
  /** Statements the model didn't know. */
  readonly faults: readonly string[];
  /** Statements by tag. */
  readonly counts: Readonly<Record<string, number>>;
  readonly sessions: number;
  /** Application locks that are held, with the sessions that hold them. */
  readonly locks: Readonly<Record<string, number>>;
  readonly maxLsn: string | null;
  /** Offsets of all tables: LSN, generation, owner. */
  readonly offsets: Readonly<Record<string, readonly [string, string, string]>>;
}

/** Does what is asked. @returns What the answer's `result` is to be. */
export function execute(model: Model, command: Command): unknown {
  const [first] = model.databases.keys();
  const database = model.database(command.database ?? first);
  switch (command.do) {
    case "create_table":
      database.createTable(command.table, command.columns, command.key);
      return;
    case "add_column":
      return database.addColumn(command.table, command.column);
    case "enable_cdc":
      return database.enableCdc();
    case "disable_cdc":
      return database.disableCdc();
    case "enable_table": {
      const { table, name, columns } = command;
      return database.enableTable(table, { name, columns }).name;
    }
    case "disable_instance":
      return database.disableInstance(command.name);
    case "apply":
      return toHex(applyChanges(database, command.changes));
    case "fill":
      return fill(database, command);
    case "clean_up":
      return database.cleanUp(command.instance);
    case "stop_capture":
      return database.stopCapture();
    case "start_capture":
      return database.startCapture();
    case "drop":
      return drop(model, database, command.holdsLocks ?? false);
    case "interrupt":
      return interrupt(model, command);
    case "calm":
      return model.interruptions.clear();
    case "state":
      return stateOf(model, database);
  }
}

function applyChanges(
  database: ModelDatabase,
  changes: readonly JsonChange[],
): Uint8Array {
  return database.transaction((transaction) => {
    for (const change of changes) {
      if ("insert" in change) {
        const { insert: table, row } = change;
        transaction.insert(table, values(database, table, row));
      } else if ("update" in change) {
        const { update: table, key, set } = change;
        const changed = values(database, table, set);
        transaction.update(table, values(database, table, key), changed);
      } else {
        const { delete: table, key } = change;
        transaction.delete(table, values(database, table, key));
      }
    }
  });
}

/** JSON's values as the model stores them. */
function values(
  database: ModelDatabase,
  table: string,
  row: JsonRow,
): RowValues {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const { type } = database.table(table).column(name);
      return [name, fromJson(value, type)];
    }),
  );
}

const HAS_BYTES = new Set([
  "binary",
  "varbinary",
  "image",
  "geography",
  "geometry",
]);

function fromJson(value: JsonRow[string], type: string): SqlValue {
  if (typeof value !== "string") return value;
  const { name } = parseSqlType(type);
  if (HAS_BYTES.has(name)) return fromHex(value);
  return name === "bigint" ? BigInt(value) : value;
}

/**
 * Inserts rows with `from`, `from + 1`, … in the first column of the key and the rest
 * of `row` in all of them.
 */
function fill(
  database: ModelDatabase,
  command: Extract<Command, { do: "fill" }>,
): void {
  const { table, from, count, perTransaction } = command;
  const [key] = database.table(table).key;
  const row = values(database, table, command.row);
  for (let n = from; n < from + count; n += perTransaction) {
    database.transaction((transaction) => {
      const end = Math.min(n + perTransaction, from + count);
      for (let id = n; id < end; id++) {
        transaction.insert(table, { ...row, [key]: id });
      }
    });
  }
}

function drop(
  model: Model,
  { locks }: ModelDatabase,
  holdsLocks: boolean,
): void {
  const holders = new Set(locks.owners.values());
  model.dropSessions((session) => !holdsLocks || holders.has(session));
}

function interrupt(
  model: Model,
  { tag, error, times, skip, point }: Extract<Command, { do: "interrupt" }>,
): void {
  model.interruptions.at(tag, () => {
    throw error === undefined
      ? new DroppedConnection()
      : new SqlServerError(error);
  }, { times, skip, point });
}

function stateOf(model: Model, database: ModelDatabase): ModelState {
  const offsets = [...database.offsets.values()].flatMap((table) =>
    table.sorted()
  );
  const { maxLsn, locks } = database;
  return {
    faults: model.faults,
    counts: Object.fromEntries(model.counts),
    sessions: model.server.sessions.length,
    locks: Object.fromEntries(
      [...locks.owners].map(([resource, { id }]) => [resource, id]),
    ),
    maxLsn: maxLsn === null ? null : toHex(maxLsn),
    offsets: Object.fromEntries(offsets.map((row) => [
      String(row.table_name),
      [toHex(row.last_lsn as Uint8Array), `${row.generation}`, `${row.owner}`],
    ])),
  };
}
