/**
 * The statements that write rows which come as one JSON text.
 *
 * `json_to_recordset` can't tell an absent column from a null one, so all rows of a
 * statement have the same columns, and the statement names them.
 *
 * @module
 */

import {
  type Column,
  doubleQuoted as quote,
  type Move,
  type Put,
  quoteName,
  type Remove,
  type TableFacts,
} from "../../sql/mod.ts";

/** For what the shared code quotes. */
const QUOTES = { quote };

/** Inserts rows, or writes over those that are there. */
export function insertSql({ mode, table, key, columns, guard }: Put): string {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const values = columns.map((column) => valueOf("r", column)).join(", ");
  const into = `INSERT INTO ${quoteName(QUOTES, table.name)} AS t (${names}) ` +
    `OVERRIDING SYSTEM VALUE SELECT ${values} FROM ` +
    recordset("$1", "r", columns);
  if (mode === "append") return into;
  const sets = columns.filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quote(name)} = EXCLUDED.${quote(name)}`);
  if (mode === "insert" || sets.length === 0) {
    return `${into} ON CONFLICT DO NOTHING`;
  }
  const where = guardOf(guard, "EXCLUDED").map((each) => ` WHERE ${each}`);
  return `${into} ON CONFLICT (${key.map(quote).join(", ")}) DO UPDATE SET ` +
    sets.join(", ") + where.join("");
}

/** Takes new rows as text. */
export function copySql({ table, columns }: Put): string {
  const names = columns.map(({ name }) => quote(name)).join(", ");
  return `COPY ${quoteName(QUOTES, table.name)} (${names}) FROM STDIN`;
}

/** Writes over rows that are there. @returns `undefined` where nothing is set. */
export function updateSql(
  { table, key, columns, guard }: Put,
): string | undefined {
  const sets = columns.filter(({ name }) => !key.includes(name)).map(setOf);
  if (sets.length === 0) return undefined;
  return `UPDATE ${quoteName(QUOTES, table.name)} AS t SET ` +
    `${sets.join(", ")} FROM ${recordset("$1", "r", columns)} WHERE ` +
    [...key.map(isSame(table, "r")), ...guardOf(guard, "r")].join(" AND ");
}

/** Removes rows by their key. */
export function removeSql({ table, key, guard }: Remove): string {
  const names = guard === undefined ? key : [...key, guard];
  return `DELETE FROM ${quoteName(QUOTES, table.name)} AS t USING ` +
    `${recordset("$1", "r", columnsOf(table, names))} WHERE ` +
    [...key.map(isSame(table, "r")), ...guardOf(guard, "r")].join(" AND ");
}

/** Gives a row another key, and all else that is known. */
export function moveSql({ table, key, columns }: Move): string {
  return `UPDATE ${quoteName(QUOTES, table.name)} AS t SET ` +
    `${columns.map(setOf).join(", ")} FROM ` +
    `${recordset("$1", "r", columns)}, ` +
    `${recordset("$2", "o", columnsOf(table, key))} WHERE ` +
    key.map(isSame(table, "o")).join(" AND ");
}

function setOf(column: Column): string {
  return `${quote(column.name)} = ${valueOf("r", column)}`;
}

/** Bytes come as base64, which the server decodes. */
function valueOf(from: string, { name, type }: Column): string {
  const value = `${from}.${quote(name)}`;
  return type === "bytea" ? `decode(${value}, 'base64')` : value;
}

function recordset(
  parameter: string,
  name: string,
  columns: readonly Column[],
): string {
  const fields = columns.map(({ name, type }) =>
    `${quote(name)} ${type === "bytea" ? "text" : type}`
  );
  return `json_to_recordset(${parameter}::json) AS ${name}` +
    `(${fields.join(", ")})`;
}

/** A key of bytes is decoded, too. */
function isSame({ columns }: TableFacts, from: string) {
  return (name: string) => {
    const column = columns.get(name);
    const value = column === undefined
      ? `${from}.${quote(name)}`
      : valueOf(from, column);
    return `t.${quote(name)} = ${value}`;
  };
}

/** Bytes are compared, whatever the database's order of letters is. */
function guardOf(guard: string | undefined, from: string): string[] {
  if (guard === undefined) return [];
  const [own, other] = [`t.${quote(guard)}`, `${from}.${quote(guard)}`];
  return [
    `(${own} IS NULL OR ${other} IS NULL OR ` +
    `${own} COLLATE "C" <= ${other} COLLATE "C")`,
  ];
}

function columnsOf({ columns }: TableFacts, names: readonly string[]) {
  return names.flatMap((name) => columns.get(name) ?? []);
}
