/**
 * A session with a SQLite file, by node:sqlite.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type Column,
  type Connection,
  doubleQuoted as quote,
  type Move,
  type Put,
  type Remove,
  type Row,
  type Shape,
  type TableFacts,
  type TableName,
} from "../../sql/mod.ts";
import { cellToSqlite, type SqliteValue, toSqlite } from "./value.ts";

/** How long SQLite itself waits for a lock; the output tries again after it. */
const BUSY_TIMEOUT_MS = 1000;
/** At the start: a process whose CLI was killed may still be writing. */
const OPEN_TIMEOUT_MS = 10_000;
/** So that a transaction's pages are written once. */
const CACHE_KIB = 65_536;
/** Of one statement; with more of them it gets slower again. */
const MAX_VALUES = 100;
/** Of the journal that stays beside the file. */
const MAX_JOURNAL_BYTES = 16 * 1024 * 1024;
/** Statements are kept; a stream with more shapes makes them anew. */
const MAX_STATEMENTS = 200;

/** See the module's comment. */
export class SqliteConnection implements Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static async open(path: string): Promise<SqliteConnection> {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${OPEN_TIMEOUT_MS}`);
      makeDurable(database);
      database.exec("PRAGMA foreign_keys = ON");
      database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      return new SqliteConnection(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  // Async, so that what SQLite throws is a rejection.
  // deno-lint-ignore require-await
  async run(sql: string): Promise<void> {
    this.#database.exec(sql === "BEGIN" ? "BEGIN IMMEDIATE" : sql);
  }

  // deno-lint-ignore require-await
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return this.#database.prepare(sql).all();
  }

  // deno-lint-ignore require-await
  async readTable(name: TableName): Promise<TableFacts | undefined> {
    this.#statements.clear(); // they may be of another shape of it
    const rows = this.#database.prepare(
      'SELECT name, type, "notnull" AS is_not_null, dflt_value, pk, hidden ' +
        "FROM pragma_table_xinfo(?)",
    ).all(name.table);
    if (rows.length === 0) return undefined;
    const columns = new Map(rows.map((row) => {
      const column = toColumn(row);
      return [column.name.toLowerCase(), column];
    }));
    const primaryKey = rows.filter(({ pk }) => Number(pk) > 0)
      .sort((a, b) => Number(a.pk) - Number(b.pk))
      .map(({ name }) => String(name));
    return {
      name,
      columns,
      primaryKey,
      isReferenced: this.#isReferenced(name),
    };
  }

  #isReferenced({ table }: TableName): boolean {
    return this.#database.prepare(
      "SELECT 1 FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f " +
        "WHERE s.type = 'table' AND lower(f.\"table\") = lower(?) LIMIT 1",
    ).get(table) !== undefined;
  }

  // deno-lint-ignore require-await
  async put(put: Put): Promise<number> {
    return put.mode === "update" ? this.#update(put) : this.#insert(put);
  }

  #update(put: Put): number {
    const { rows, key } = put;
    const order = updateOrder(put);
    if (order.length === key.length) return rows.length;
    const statement = this.#prepare(updateSql(put));
    const bind = binderOf(order);
    let found = 0;
    for (const row of rows) {
      found += Number(statement.run(...bind(row, [])).changes);
    }
    return found;
  }

  /** Several in one statement, which saves half of the work. */
  #insert(put: Put): number {
    const { columns, rows } = put;
    const bind = binderOf(columns);
    const most = Math.max(1, Math.floor(MAX_VALUES / columns.length));
    const several = this.#prepare(insertSql(put, most));
    const one = this.#prepare(insertSql(put, 1));
    for (let from = 0; from < rows.length;) {
      const isWhole = rows.length - from >= most;
      const to = from + (isWhole ? most : 1);
      const bound: SqliteValue[] = [];
      for (let at = from; at < to; at++) bind(rows[at], bound);
      (isWhole ? several : one).run(...bound);
      from = to;
    }
    return rows.length;
  }

  // deno-lint-ignore require-await
  async remove({ table, key, rows, guard }: Remove): Promise<void> {
    const statement = this.#prepare(
      `DELETE FROM ${quote(table.name.table)} WHERE ` +
        [...key.map(isSame), ...guardOf(guard, "?")].join(" AND "),
    );
    const order = columnsOf(table, guard === undefined ? key : [...key, guard]);
    const bind = binderOf(order);
    for (const row of rows) {
      const bound = bind(row, []);
      if (guard !== undefined) bound.push(bound.at(-1)!); // stands twice
      statement.run(...bound);
    }
  }

  // deno-lint-ignore require-await
  async move({ table, key, columns, from, to }: Move): Promise<boolean> {
    const sets = columns.map(({ name }) => `${quote(name)} = ?`);
    const statement = this.#prepare(
      `UPDATE ${quote(table.name.table)} SET ${sets.join(", ")} WHERE ` +
        key.map(isSame).join(" AND "),
    );
    const { changes } = statement.run(
      ...binderOf(columns)(to, []),
      ...binderOf(columnsOf(table, key))(from, []),
    );
    return Number(changes) > 0;
  }

  close(): void {
    try {
      this.#database.close();
    } catch {
      // It is closed.
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
      this.#statements.set(sql, statement = this.#database.prepare(sql));
    }
    return statement;
  }
}

function insertSql(
  { mode, table, key, columns, guard }: Put,
  count: number,
): string {
  const names = columns.map(({ name }) => quote(name));
  const target = quote(table.name.table);
  const tuple = `(${names.map(() => "?").join(", ")})`;
  const into = `INSERT INTO ${target} (${names.join(", ")}) VALUES ` +
    new Array(count).fill(tuple).join(", ");
  if (mode === "append") return into;
  const sets = columns.filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quote(name)} = excluded.${quote(name)}`);
  if (mode === "insert" || sets.length === 0) {
    return `${into} ON CONFLICT DO NOTHING`;
  }
  const where = guardOf(guard, `excluded.${quote(guard ?? "")}`, target);
  return `${into} ON CONFLICT (${key.map(quote).join(", ")}) DO UPDATE SET ` +
    sets.join(", ") + where.map((each) => ` WHERE ${each}`).join("");
}

function updateSql({ table, key, columns, guard }: Put): string {
  const sets = columns.filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quote(name)} = ?`);
  if (sets.length === 0) return "SELECT 1";
  return `UPDATE ${quote(table.name.table)} SET ${sets.join(", ")} WHERE ` +
    [...key.map(isSame), ...guardOf(guard, "?")].join(" AND ");
}

/** The columns in the order {@link updateSql} asks for them. */
function updateOrder({ table, key, columns, guard }: Put): Column[] {
  const order = columns.filter(({ name }) => !key.includes(name));
  order.push(...columnsOf(table, key));
  if (guard !== undefined) order.push(...columnsOf(table, [guard, guard]));
  return order;
}

function guardOf(
  guard: string | undefined,
  position: string,
  table?: string,
): string[] {
  if (guard === undefined) return [];
  const own = table === undefined ? quote(guard) : `${table}.${quote(guard)}`;
  return [`(${own} IS NULL OR ${position} IS NULL OR ${own} <= ${position})`];
}

function isSame(name: string): string {
  return `${quote(name)} = ?`;
}

function columnsOf({ columns }: TableFacts, names: readonly string[]) {
  return names.map((name) => ({ ...columns.get(name.toLowerCase())!, name }));
}

/** Puts a row's values, in the order of the columns, behind others. */
function binderOf(columns: readonly Column[]) {
  const parts = columns.map(({ name, type }) => ({
    name,
    to: toSqlite(type),
    cellTo: cellToSqlite(type),
  }));
  let shape: Shape | undefined;
  let places: readonly number[] = [];
  return (row: Row, bound: SqliteValue[]): SqliteValue[] => {
    if (!row.hasCells) {
      const { values } = row;
      for (const { name, to } of parts) bound.push(to(values[name]));
      return bound;
    }
    if (row.shape !== shape) {
      shape = row.shape;
      places = parts.map(({ name }) => row.shape.names.indexOf(name));
    }
    for (let at = 0; at < parts.length; at++) {
      bound.push(parts[at].cellTo(row.cell(places[at])));
    }
    return bound;
  };
}

/**
 * What is acknowledged survives a power failure. A journal that stays needs one
 * file's sync less than one that is deleted, whose deletion, too, would have to be
 * durable. A file whose writers agreed on a write-ahead log stays with it.
 */
function makeDurable(database: DatabaseSync): void {
  database.exec("PRAGMA synchronous = FULL");
  const mode = database.prepare("PRAGMA journal_mode").get()?.journal_mode;
  if (mode !== "delete") return;
  database.exec("PRAGMA journal_mode = PERSIST");
  database.exec(`PRAGMA journal_size_limit = ${MAX_JOURNAL_BYTES}`);
}

function toColumn(row: Record<string, unknown>): Column {
  const { name, type, is_not_null, dflt_value, pk, hidden } = row;
  const isRowid = Number(pk) > 0 && /^integer$/i.test(String(type));
  return {
    name: String(name),
    type: String(type).toUpperCase(),
    isRequired: Number(is_not_null) === 1 && dflt_value === null && !isRowid,
    isGenerated: Number(hidden) > 1,
  };
}
