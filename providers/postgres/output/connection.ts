/**
 * A session with Postgres that takes rows as whole JSON texts: the server reads
 * them, so no value passes through our hands.
 *
 * @module
 */

import type { Client } from "pg";
import type {
  Connection,
  Move,
  Put,
  Remove,
  Row,
  TableFacts,
  TableName,
} from "../../sql/mod.ts";
import { closeClient, openClient } from "../connection/open.ts";
import type { ConnectionSettings } from "../connection/settings.ts";
import { readFacts } from "./facts.ts";
import { insertSql, moveSql, removeSql, updateSql } from "./statements.ts";

/** See the module's comment. */
export class PostgresConnection implements Connection {
  readonly #client: Client;

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

  close(): void {
    closeClient(this.#client);
  }
}

function textOf(rows: readonly Row[]): string {
  return `[${rows.map(({ text }) => text).join(",")}]`;
}
