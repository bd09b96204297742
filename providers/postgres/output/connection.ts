/**
 * A session with Postgres that takes rows as whole JSON texts: the server reads
 * them, so no value passes through our hands.
 *
 * New rows go into a table that was empty by COPY, which costs the server a third of
 * it, until one is there already.
 *
 * @module
 */

import type { Client } from "pg";
import {
  type Connection,
  doubleQuoted,
  type Move,
  type Put,
  quoteName,
  type Remove,
  type Row,
  RowError,
  type TableFacts,
  type TableName,
} from "../../sql/mod.ts";
import { isConnectionFailure } from "../connection/failure.ts";
import { closeClient, openClient } from "../connection/open.ts";
import type { ConnectionSettings } from "../connection/settings.ts";
import { copyIn } from "./copy_in.ts";
import { copyText } from "./copy_text.ts";
import { readFacts } from "./facts.ts";
import {
  copySql,
  insertSql,
  moveSql,
  removeSql,
  updateSql,
} from "./statements.ts";

/** Fewer rows are not worth it. */
const MIN_COPIED = 100;
const QUOTES = { quote: doubleQuoted };

/** See the module's comment. */
export class PostgresConnection implements Connection {
  readonly #client: Client;
  /** Whether a table was empty when it was first written, and no row stood in the way. */
  readonly #takesCopies = new Map<string, boolean>();

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @throws What {@link openClient} throws. */
  static async open(
    settings: ConnectionSettings,
    signal: AbortSignal,
  ): Promise<PostgresConnection> {
    return new PostgresConnection(await openClient(settings, { signal }));
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#client.query(sql)).rows;
  }

  readTable(name: TableName): Promise<TableFacts | undefined> {
    return readFacts(this.#client, name);
  }

  async put(put: Put): Promise<number> {
    if (await this.#copy(put)) return put.rows.length;
    const sql = put.mode === "update" ? updateSql(put) : insertSql(put);
    if (sql === undefined) return put.rows.length; // nothing but the key
    const { rowCount } = await this.#client.query(sql, [textOf(put.rows)]);
    return rowCount ?? 0;
  }

  async remove(remove: Remove): Promise<void> {
    await this.#client.query(removeSql(remove), [textOf(remove.rows)]);
  }

  async move(move: Move): Promise<boolean> {
    const { rowCount } = await this.#client.query(moveSql(move), [
      textOf([move.to]),
      textOf([move.from]),
    ]);
    return (rowCount ?? 0) > 0;
  }

  /** @returns Whether it was possible. */
  async #copy(put: Put): Promise<boolean> {
    const { table, mode, guard, columns, rows } = put;
    if (mode !== "upsert" || guard !== undefined) return false;
    const name = quoteName(QUOTES, table.name);
    let takesCopies = this.#takesCopies.get(name);
    if (takesCopies === undefined) {
      const [{ isEmpty }] = await this.#ask(name);
      this.#takesCopies.set(name, takesCopies = isEmpty);
    }
    if (!takesCopies || rows.length < MIN_COPIED) return false;
    const text = copyText(rows, columns);
    if (text === undefined) return false;
    try {
      await copyIn(this.#client, copySql(put), text);
      return true;
    } catch (error) {
      if (isConnectionFailure(error)) throw error;
      // A row is there already, or one can't be; the usual way finds out.
      this.#takesCopies.set(name, false);
      throw new RowError(String(error), { cause: error });
    }
  }

  async #ask(name: string): Promise<{ readonly isEmpty: boolean }[]> {
    return (await this.#client.query(
      `SELECT NOT EXISTS (SELECT FROM ${name}) AS "isEmpty"`,
    )).rows;
  }

  close(): void {
    closeClient(this.#client);
  }
}

function textOf(rows: readonly Row[]): string {
  return `[${rows.map(({ text }) => text).join(",")}]`;
}
