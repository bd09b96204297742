/**
 * The statements that write rows. The rows come as one parameter, a JSON list of
 * lists of texts, so no count of parameters bounds them; each text is converted by
 * the server.
 *
 * A conversion that fails would end the whole transaction, so it is tried first and
 * told by an error that ends only the statement.
 *
 * @module
 */

import type {
  Column,
  Move,
  Put,
  Remove,
  TableFacts,
  TableName,
} from "../../sql/mod.ts";
import { quoteName as quote, quoteText } from "../input/statements/sql_text.ts";
import { isBytes, isText } from "./value.ts";

/** The number of the error for a value that its column can't be. */
export const BAD_VALUE = 50_001;

/** With what only SQL Server has to know. */
export interface MssqlFacts extends TableFacts {
  readonly uniqueKeys: readonly (readonly string[])[];
  /** The column that numbers itself. */
  readonly identity: string | undefined;
}

/** `[schema].[table]` */
export function quoteTable({ schema, table }: TableName): string {
  return schema === undefined
    ? quote(table)
    : `${quote(schema)}.${quote(table)}`;
}

/** Inserts rows, or writes over those that are there. */
export function putSql(put: Put): string {
  const { mode, table, columns, key } = put;
  const parts = [checkSql(columns)];
  if (mode === "update" || mode === "upsert") parts.push(...updates(put));
  if (mode === "update") return parts.join(";\n");
  const { primaryKey } = table;
  const names = mode === "upsert" ? key : mode === "insert" ? primaryKey : [];
  parts.push(...withIdentity(table, columns, insertSql(put, names)));
  return parts.join(";\n");
}

/** Removes rows by their key; the columns come in the order of `columns`. */
export function removeSql(
  { table, key, guard }: Remove,
  columns: readonly Column[],
): string {
  const same = sameKey(table, key, columns);
  const newer = guard === undefined ? [] : [guardOf(table, guard, columns)];
  return `${checkSql(columns)};\nDELETE FROM ${quoteTable(table.name)} WHERE ` +
    `EXISTS (SELECT 1 FROM ${source(columns)} WHERE ` +
    `${[...same, ...newer].join(" AND ")})`;
}

/** Gives a row another key; behind the columns come the old key's. */
export function moveSql(
  { table, key, columns }: Pick<Move, "table" | "key" | "columns">,
  old: readonly Column[],
): string {
  const all = [...columns, ...old];
  const sets = settable(table, columns)
    .map((column) => `${quote(column.name)} = ${converted(all, column)}`);
  const same = old.map((column, at) =>
    `${own(table, key[at])} = ${convertedAt(columns.length + at, column)}`
  );
  return `${checkSql(all)};\nUPDATE ${quoteTable(table.name)} SET ` +
    `${sets.join(", ")} FROM ${source(all)} WHERE ${same.join(" AND ")};\n` +
    "SELECT @@ROWCOUNT AS [found]";
}

function updates({ table, key, columns, guard, mode }: Put): string[] {
  const sets = settable(table, columns)
    .filter(({ name }) => !key.includes(name))
    .map((column) => `${quote(column.name)} = ${converted(columns, column)}`);
  if (sets.length === 0) return [];
  const where = sameKey(table, key, columns);
  if (guard !== undefined) where.push(guardOf(table, guard, columns));
  const sql = `UPDATE ${quoteTable(table.name)} SET ${sets.join(", ")} FROM ` +
    `${source(columns)} WHERE ${where.join(" AND ")}`;
  return mode === "update" ? [sql, "SELECT @@ROWCOUNT AS [found]"] : [sql];
}

/** @param key Rows that are there with it are left alone; empty: all are inserted. */
function insertSql({ table, columns }: Put, key: readonly string[]): string {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const values = columns.map((column) => converted(columns, column)).join(", ");
  const insert = `INSERT INTO ${quoteTable(table.name)} (${names}) SELECT ` +
    `${values} FROM ${source(columns)}`;
  const hasKey = key.length > 0 &&
    key.every((name) => columns.some((column) => column.name === name));
  if (!hasKey) return insert;
  return `${insert} WHERE NOT EXISTS (SELECT 1 FROM ${
    quoteTable(table.name)
  } ` +
    `WITH (UPDLOCK, HOLDLOCK) WHERE ` +
    `${sameKey(table, key, columns).join(" AND ")})`;
}

function withIdentity(
  table: TableFacts,
  columns: readonly Column[],
  sql: string,
): string[] {
  const { identity } = table as MssqlFacts;
  if (!columns.some(({ name }) => name === identity)) return [sql];
  const set = `SET IDENTITY_INSERT ${quoteTable(table.name)}`;
  return [`${set} ON`, sql, `${set} OFF`];
}

/** A column that numbers itself can't be updated. */
function settable(table: TableFacts, columns: readonly Column[]): Column[] {
  const { identity } = table as MssqlFacts;
  return columns.filter(({ name }) => name !== identity);
}

/** Ends the statement where a text isn't what its column is. */
function checkSql(columns: readonly Column[]): string {
  const wrong = columns.flatMap((column, at) =>
    isText(column.type)
      ? []
      : `(s.[c${at}] IS NOT NULL AND ${convertedAt(at, column)} IS NULL)`
  );
  if (wrong.length === 0) return "SET NOCOUNT ON";
  return `SET NOCOUNT ON;\nIF EXISTS (SELECT 1 FROM ${source(columns)} WHERE ` +
    `${wrong.join(" OR ")}) THROW ${BAD_VALUE}, ` +
    `${quoteText("a value is not what its column is")}, 1`;
}

/** The rows, their columns by number. */
function source(columns: readonly Column[]): string {
  const fields = columns
    .map((_, at) => `[c${at}] nvarchar(max) '$[${at}]'`);
  return `OPENJSON(@rows) WITH (${fields.join(", ")}) AS s`;
}

function sameKey(
  table: TableFacts,
  key: readonly string[],
  columns: readonly Column[],
): string[] {
  return key.map((name) => {
    const column = columns.find((each) => each.name === name)!;
    return `${own(table, name)} = ${converted(columns, column)}`;
  });
}

/** Bytes are compared, whatever the database's order of letters is. */
function guardOf(
  table: TableFacts,
  guard: string,
  columns: readonly Column[],
): string {
  const at = columns.findIndex(({ name }) => name === guard);
  const column = own(table, guard);
  const binary = "COLLATE Latin1_General_BIN2";
  return `(${column} IS NULL OR s.[c${at}] IS NULL OR ` +
    `${column} ${binary} <= s.[c${at}] ${binary})`;
}

function own({ name }: TableFacts, column: string): string {
  return `${quoteTable(name)}.${quote(column)}`;
}

function converted(columns: readonly Column[], column: Column): string {
  return convertedAt(columns.indexOf(column), column);
}

function convertedAt(at: number, { type }: Column): string {
  if (isText(type)) return `s.[c${at}]`;
  return isBytes(type)
    ? `TRY_CONVERT(varbinary(max), s.[c${at}], 1)`
    : `TRY_CONVERT(${type}, s.[c${at}])`;
}

/** Columns of a table with their keys, for {@link MssqlFacts}. */
export const COLUMNS = `
SELECT c.name AS [name], t.name AS [type_name], c.max_length AS [max_length],
  c.precision AS [precision], c.scale AS [scale],
  CASE WHEN c.is_nullable = 0 AND c.default_object_id = 0 AND c.is_identity = 0
    AND c.is_computed = 0 THEN 1 ELSE 0 END AS [is_required],
  CASE WHEN c.is_computed = 1 OR t.name = 'timestamp' THEN 1 ELSE 0 END
    AS [is_generated],
  CASE WHEN c.is_identity = 1 THEN 1 ELSE 0 END AS [is_identity]
FROM sys.columns AS c
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
WHERE c.object_id = OBJECT_ID(@name)
ORDER BY c.column_id`;

/** Its unique indexes. */
export const INDEXES = `
SELECT i.name AS [index_name], c.name AS [column_name],
  CASE WHEN i.is_primary_key = 1 THEN 1 ELSE 0 END AS [is_primary]
FROM sys.indexes AS i
JOIN sys.index_columns AS k
  ON k.object_id = i.object_id AND k.index_id = i.index_id
JOIN sys.columns AS c
  ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE i.object_id = OBJECT_ID(@name) AND i.is_unique = 1
  AND k.key_ordinal > 0 AND i.has_filter = 0
ORDER BY i.index_id, k.key_ordinal`;

/** Whether others point at it. */
export const REFERENCES = `
SELECT COUNT(*) AS [count] FROM sys.foreign_keys
WHERE referenced_object_id = OBJECT_ID(@name)`;
