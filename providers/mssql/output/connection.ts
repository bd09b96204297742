/**
 * A session with SQL Server that takes rows as one JSON text.
 *
 * @module
 */

import type {
  Column,
  Connection,
  Move,
  Put,
  Remove,
  Row,
  TableFacts,
  TableName,
} from "../../sql/mod.ts";
import type { SqlServerTarget } from "../input/connection/connection_string.ts";
import { openSession } from "../input/connection/open_session.ts";
import type { Session } from "../input/connection/session.ts";
import { statement } from "../input/statements/sql_text.ts";
import { readFacts } from "./facts.ts";
import {
  moveSql,
  type MssqlFacts,
  putSql,
  quoteTable,
  removeSql,
} from "./statements.ts";
import { textOf } from "./value.ts";

/** Of one statement. */
const MAX_ROWS = 2000;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** What a statement's settings in a session must be, whatever the server's are. */
const SESSION = "SET XACT_ABORT OFF; SET IMPLICIT_TRANSACTIONS OFF; " +
  "SET ANSI_WARNINGS ON; SET ARITHABORT ON; SET DATEFORMAT ymd; " +
  "SET LANGUAGE us_english";

/** See the module's comment. */
export class MssqlConnection implements Connection {
  readonly #session: Session;
  readonly #closing = new AbortController();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws What {@link openSession} throws. */
  static async open(
    target: SqlServerTarget,
    signal: AbortSignal,
  ): Promise<MssqlConnection> {
    const session = await openSession(target, { isReadOnly: false }, signal);
    const connection = new MssqlConnection(session);
    await connection.run(SESSION);
    return connection;
  }

  /** Transactions and savepoints are said as this server has them. */
  async run(sql: string): Promise<void> {
    const own = asTransaction(sql);
    if (own !== "") await this.#run("run", own);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const [rows = []] = await this.#run("rows", sql);
    return [...rows];
  }

  readTable(name: TableName): Promise<TableFacts | undefined> {
    return readFacts(
      name,
      (tag, sql) => this.#run(tag, sql, "name", quoteTable(name)),
    );
  }

  async put(put: Put): Promise<number> {
    if (put.columns.length === 0) return put.rows.length;
    if (put.mode === "upsert") checkKey(put.table, put.key);
    const sql = putSql(put);
    const isKeyOnly = put.columns.every(({ name }) => put.key.includes(name));
    let found = 0;
    for (const rows of partsOf(put.rows, put.columns)) {
      const [answer] = await this.#run("put", sql, "rows", rows.text);
      found += put.mode !== "update" || isKeyOnly
        ? rows.count
        : Number(answer?.[0]?.found ?? 0);
    }
    return found;
  }

  async remove(remove: Remove): Promise<void> {
    const { table, key, guard } = remove;
    const names = guard === undefined ? key : [...key, guard];
    const columns = columnsOf(table, names);
    const sql = removeSql(remove, columns);
    for (const { text } of partsOf(remove.rows, columns)) {
      await this.#run("remove", sql, "rows", text);
    }
  }

  async move(move: Move): Promise<boolean> {
    const old = columnsOf(move.table, move.key);
    const values = [
      ...move.columns.map(({ name, type }) =>
        textOf(move.to.values[name], type)
      ),
      ...old.map(({ name, type }) => textOf(move.from.values[name], type)),
    ];
    const rows = JSON.stringify([values]);
    const [answer] = await this.#run("move", moveSql(move, old), "rows", rows);
    return Number(answer?.[0]?.found ?? 0) > 0;
  }

  close(): void {
    this.#closing.abort();
    this.#session[Symbol.asyncDispose]().catch(() => {});
  }

  #run(tag: string, sql: string, parameter?: string, value: string = "") {
    const parameters = parameter === undefined
      ? []
      : [{ name: parameter, type: "nvarchar(max)" as const, value }];
    const { signal } = this.#closing;
    return this.#session.run(statement(tag, sql, parameters), { signal });
  }
}

function asTransaction(sql: string): string {
  return sql
    .replace(/^(BEGIN|COMMIT)$/, "$1 TRANSACTION")
    .replace(/^ROLLBACK$/, "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
    .replace(/^SAVEPOINT /, "SAVE TRANSACTION ")
    .replace(/^ROLLBACK TO SAVEPOINT /, "ROLLBACK TRANSACTION ")
    .replace(/^RELEASE SAVEPOINT .*$/, "");
}

/** @throws {Error} Where no unique index is on just the key: rows would be doubled. */
function checkKey(table: TableFacts, key: readonly string[]): void {
  const folded = (names: readonly string[]) =>
    names.map((name) => name.toLowerCase()).sort().join("\n");
  const wanted = folded(key);
  const { uniqueKeys } = table as MssqlFacts;
  if (uniqueKeys.some((each) => folded(each) === wanted)) return;
  throw new Error(
    `${table.name.table} has no unique index on just ${key.join(", ")}`,
  );
}

/** Rows as texts of JSON, as many as one statement takes. */
function* partsOf(rows: readonly Row[], columns: readonly Column[]) {
  let texts: string[] = [];
  let size = 0;
  const part = () => ({ text: `[${texts.join(",")}]`, count: texts.length });
  for (const { values } of rows) {
    const text = JSON.stringify(
      columns.map(({ name, type }) => textOf(values[name], type)),
    );
    if (texts.length === MAX_ROWS || size + text.length > MAX_CHARACTERS) {
      if (texts.length > 0) yield part();
      texts = [];
      size = 0;
    }
    texts.push(text);
    size += text.length;
  }
  if (texts.length > 0) yield part();
}

function columnsOf({ columns }: TableFacts, names: readonly string[]) {
  return names.map((name) => ({ ...columns.get(name.toLowerCase())!, name }));
}
