/**
 * The statements that write rows, each with its values as literals: no count of
 * parameters bounds them, only the server's largest packet.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  type Column,
  type Move,
  type Put,
  quoteName,
  type Remove,
  type Row,
  RowError,
  type TableFacts,
} from "../../sql/mod.ts";
import { literalOf } from "./value.ts";

/** A name as it came, whatever is in it. */
export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

const QUOTES = { quote };

/** In one statement; larger ones are no faster. */
const MAX_ROWS = 2000;
const USUAL_BYTES = 4 * 1024 * 1024;

/** Inserts rows, or writes over those with their key where `canOverwrite`. */
export function* insertSql(
  put: Put,
  canOverwrite: boolean,
  maxBytes: number,
): Generator<string> {
  const { table, columns, rows, mode } = put;
  const names = columns.map(({ name }) => quote(name)).join(", ");
  const head = `INSERT INTO ${
    quoteName(QUOTES, table.name)
  } (${names}) VALUES `;
  const tail = canOverwrite
    ? ` ON DUPLICATE KEY UPDATE ${overwrites(put)}`
    : mode === "insert"
    ? ` ON DUPLICATE KEY UPDATE ${nothing(put)}`
    : "";
  const tuples = rows.map((row) => `(${literals(row, columns).join(",")})`);
  yield* joined(head, tuples, ",", tail, maxBytes);
}

/** Setting a column to itself leaves the row as it is. */
function nothing({ columns }: Put): string {
  const name = quote(columns[0].name);
  return `${name} = ${name}`;
}

/** The guard's column is set last: what stands before it sees the old one. */
function overwrites(put: Put): string {
  const { columns, key, guard } = put;
  const others = columns.filter(({ name }) => !key.includes(name));
  if (others.length === 0) return nothing(put);
  const names = others.map(({ name }) => name)
    .sort((a, b) => Number(a === guard) - Number(b === guard));
  return names.map((name) => {
    const column = quote(name);
    if (guard === undefined) return `${column} = VALUES(${column})`;
    const isNewer = guardOf(guard, `VALUES(${quote(guard)})`);
    return `${column} = IF(${isNewer}, VALUES(${column}), ${column})`;
  }).join(", ");
}

/** Writes over one row. @returns `undefined` where nothing is set. */
export function updateSql(
  { table, key, columns, guard }: Put,
  row: Row,
): string | undefined {
  const sets = columns.filter(({ name }) => !key.includes(name))
    .map((column) => `${quote(column.name)} = ${literalIn(row, column)}`);
  if (sets.length === 0) return undefined;
  return `UPDATE ${quoteName(QUOTES, table.name)} SET ${sets.join(", ")} ` +
    `WHERE ${whereRow(table, key, row, guard)}`;
}

/** Removes rows by their key. */
export function* removeSql(
  { table, key, rows, guard }: Remove,
  maxBytes: number,
): Generator<string> {
  const head = `DELETE FROM ${quoteName(QUOTES, table.name)} WHERE `;
  if (guard !== undefined) {
    const each = rows.map((row) => `(${whereRow(table, key, row, guard)})`);
    return yield* joined(head, each, " OR ", "", maxBytes);
  }
  const columns = columnsOf(table, key);
  const keys = rows.map((row) => `(${literals(row, columns).join(",")})`);
  const start = `${head}(${key.map(quote).join(", ")}) IN (`;
  yield* joined(start, keys, ",", ")", maxBytes);
}

/** Gives a row another key, and all else that is known. */
export function moveSql({ table, key, columns, from, to }: Move): string {
  const sets = columns
    .map((column) => `${quote(column.name)} = ${literalIn(to, column)}`);
  return `UPDATE ${quoteName(QUOTES, table.name)} SET ${sets.join(", ")} ` +
    `WHERE ${whereRow(table, key, from, undefined)}`;
}

function whereRow(
  table: TableFacts,
  key: readonly string[],
  row: Row,
  guard: string | undefined,
): string {
  const same = columnsOf(table, key)
    .map((column) => `${quote(column.name)} = ${literalIn(row, column)}`);
  if (guard === undefined) return same.join(" AND ");
  const [column] = columnsOf(table, [guard]);
  return [...same, guardOf(guard, literalIn(row, column))].join(" AND ");
}

/** Bytes are compared, whatever the column's order of letters is. */
function guardOf(guard: string, position: string): string {
  const own = quote(guard);
  return `(${own} IS NULL OR ${position} IS NULL OR ` +
    `CAST(${own} AS BINARY) <= CAST(${position} AS BINARY))`;
}

/** Statements of as many parts as the server takes at once. */
function* joined(
  head: string,
  parts: readonly string[],
  separator: string,
  tail: string,
  maxBytes: number,
): Generator<string> {
  let some: string[] = [];
  const frame = head.length + tail.length;
  let size = frame;
  const usual = Math.min(maxBytes, USUAL_BYTES);
  for (const part of parts) {
    const partBytes = part.length * MOST_BYTES + separator.length;
    if (partBytes > maxBytes - frame) checkSize(part, maxBytes - frame);
    const isFull = some.length === MAX_ROWS ||
      (some.length > 0 && size + partBytes > usual);
    if (isFull) {
      yield head + some.join(separator) + tail;
      some = [];
      size = frame;
    }
    some.push(part);
    size += partBytes;
  }
  if (some.length > 0) yield head + some.join(separator) + tail;
}

/** Of a character in UTF-8, by unit of UTF-16. */
const MOST_BYTES = 3;

function checkSize(part: string, mostBytes: number): void {
  if (Buffer.byteLength(part) <= mostBytes) return;
  throw new RowError("the server's max_allowed_packet is less than it needs");
}

function literals(row: Row, columns: readonly Column[]): string[] {
  return columns.map((column) => literalIn(row, column));
}

function literalIn({ values }: Row, { name, type }: Column): string {
  return literalOf(values[name] ?? null, type);
}

function columnsOf({ columns }: TableFacts, names: readonly string[]) {
  return names.map((name) => ({ ...columns.get(name.toLowerCase())!, name }));
}
