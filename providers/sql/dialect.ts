/**
 * What a database has to know so that changes can be kept in it as tables.
 *
 * @module
 */

import type { FieldType, JsonObject } from "@dstream/sdk";

import type { Shape } from "./shapes.ts";

export { Shape } from "./shapes.ts";

/** A table's name in its two parts; SQLite's has no schema. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

/** A column as it is in the database. */
export interface Column {
  readonly name: string;
  /** As DDL has it: `numeric(12,2)`. */
  readonly type: string;
  /** An insert has to give it a value: NOT NULL and no default. */
  readonly isRequired: boolean;
  /** The database computes it. */
  readonly isGenerated: boolean;
}

/** A table as it is in the database. */
export interface TableFacts {
  readonly name: TableName;
  readonly columns: ReadonlyMap<string, Column>;
  readonly primaryKey: readonly string[];
  /** Others point at its rows, so a row can't be taken out and put back. */
  readonly isReferenced: boolean;
}

/** Values by column, and the same as JSON where the text came whole. */
export interface Row {
  /** Its columns. */
  readonly shape: Shape;
  /** Parsed when it is asked for. */
  readonly values: JsonObject;
  /** All digits are in it; a name may stand twice, and the last one counts. */
  readonly text: string;
  /** Whether it is known where each value stands in the text. */
  readonly hasCells: boolean;
  /** The JSON of one column, by its place in the shape; needs `hasCells`. */
  cell(place: number): string;
}

/**
 * `upsert` inserts or overwrites, `update` only overwrites, `insert` leaves what
 * is there, `append` only adds.
 */
export type PutMode = "upsert" | "update" | "insert" | "append";

/** Rows of one table with the same columns. */
export interface Put {
  readonly mode: PutMode;
  readonly table: TableFacts;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The column that must not get smaller. */
  readonly guard: string | undefined;
}

/** Rows of one table that go. */
export interface Remove extends Pick<Put, "table" | "key" | "rows" | "guard"> {}

/** A row that gets another key and keeps the columns that are not known. */
export interface Move extends Pick<Put, "table" | "key" | "columns"> {
  /** Its key alone. */
  readonly from: Row;
  readonly to: Row;
}

/** One session with the database. */
export interface Connection {
  /** A statement without an answer: DDL, BEGIN, SAVEPOINT. */
  run(sql: string): Promise<void>;
  /** A question, and its rows by the names of their columns. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** @returns `undefined` where there is no such table. */
  readTable(name: TableName): Promise<TableFacts | undefined>;
  /** @returns How many rows there were, of an `update`. */
  put(put: Put): Promise<number>;
  remove(remove: Remove): Promise<void>;
  /** @returns Whether there was such a row. */
  move(move: Move): Promise<boolean>;
  /** Never throws. */
  close(): void;
}

/**
 * What an error of the database means: this `row` can't be stored, all of it may
 * work `again`, or nothing will help (`final`).
 */
export type FailureKind = "row" | "again" | "final";

/** One kind of database. */
export interface Dialect {
  /** For people: `Postgres`. */
  readonly name: string;
  /** It works in a process of its own, while we go on. */
  readonly isServer: boolean;
  /** Longest name of a table or column, in bytes of UTF-8. */
  readonly maxNameBytes: number;
  /** Behind the columns of a new table. */
  readonly tableSuffix: string;
  readonly emptyTable: "TRUNCATE TABLE" | "DELETE FROM";
  /** The columns of a history table, without its own. */
  readonly historyTypes: { readonly id: string; readonly json: string };
  connect(signal: AbortSignal): Promise<Connection>;
  /** Text of config → a table: where a name has no schema, the usual one. */
  nameOf(text: string): TableName;
  /** A name as it came, whatever is in it. */
  quote(name: string): string;
  /** A text as a literal. */
  text(value: string): string;
  /** What makes a question lock the rows it finds. */
  readonly locked: { readonly behindTable: string; readonly atEnd: string };
  /** Two names are one column's if this is the same. */
  fold(name: string): string;
  /** A field's type as DDL has it. */
  typeOf(field: FieldType): string;
  /** The same of a column of the key, where an index takes less. */
  keyTypeOf?(field: FieldType): string;
  /** Makes a table that isn't there; left out, `CREATE TABLE IF NOT EXISTS`. */
  createTable?(quotedName: string, body: string): string;
  /** In ALTER TABLE; left out, `ADD COLUMN`. */
  readonly addColumn?: "ADD";
  /** What a user should know of writing to this table, said once. */
  noteOf?(table: TableFacts, key: readonly string[]): string | undefined;
  classify(error: unknown): FailureKind;
}

/** A value that can't be what its column is. */
export class RowError extends Error {}

/** For SQL: each part quoted. */
export function quoteName(
  dialect: Pick<Dialect, "quote">,
  { schema, table }: TableName,
): string {
  const quoted = dialect.quote(table);
  return schema === undefined ? quoted : `${dialect.quote(schema)}.${quoted}`;
}

/** The statement that makes a table where it isn't there. */
export function createStatement(
  dialect: Dialect,
  name: TableName,
  body: string,
): string {
  const quoted = quoteName(dialect, name);
  return dialect.createTable?.(quoted, body) ??
    `CREATE TABLE IF NOT EXISTS ${quoted} (${body})${dialect.tableSuffix}`;
}

/** For people. */
export function shownTable({ schema, table }: TableName): string {
  return schema === undefined ? table : `${schema}.${table}`;
}

/** A text as a literal, as standard SQL has it. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as it came, whatever is in it, as most databases quote it. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
