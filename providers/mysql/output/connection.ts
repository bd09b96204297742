/**
 * A session with MySQL or MariaDB.
 *
 * `ON DUPLICATE KEY` looks at every unique index. Where a table has one besides the
 * key, it could write over another row; there rows are updated, and inserted where
 * none was, one by one.
 *
 * @module
 */

import type {
  Connection as Client,
  ResultSetHeader,
  RowDataPacket,
} from "mysql2/promise";
import type {
  Connection,
  Move,
  Put,
  Remove,
  TableFacts,
  TableName,
} from "../../sql/mod.ts";
import { type MysqlFacts, readFacts } from "./facts.ts";
import { openClient } from "./open.ts";
import type { MysqlSettings } from "./settings.ts";
import { insertSql, moveSql, removeSql, updateSql } from "./statements.ts";

/** For what surrounds a statement in its packet. */
const PACKET_FRAME_BYTES = 1024;

/** See the module's comment. */
export class MysqlConnection implements Connection {
  readonly #client: Client;
  readonly #maxBytes: number;

  private constructor(client: Client, maxBytes: number) {
    this.#client = client;
    this.#maxBytes = maxBytes;
  }

  /** @throws What {@link openClient} throws. */
  static async open(settings: MysqlSettings): Promise<MysqlConnection> {
    const client = await openClient(settings);
    const [[{ bytes }]] = await client.query<RowDataPacket[]>(
      "SELECT @@max_allowed_packet AS bytes",
    );
    return new MysqlConnection(client, Number(bytes) - PACKET_FRAME_BYTES);
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  async rows(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#client.query<RowDataPacket[]>(sql))[0];
  }

  readTable(name: TableName): Promise<TableFacts | undefined> {
    return readFacts(this.#client, name);
  }

  async put(put: Put): Promise<number> {
    if (put.columns.length === 0) return put.rows.length;
    if (put.mode === "update") return await this.#updateEach(put);
    if (put.mode !== "upsert") return await this.#insert(put, false);
    const others = otherKeys(put.table, put.key);
    if (others.length === 0) return await this.#insert(put, true);
    return await this.#upsertEach(put);
  }

  async remove(remove: Remove): Promise<void> {
    for (const sql of removeSql(remove, this.#maxBytes)) {
      await this.#change(sql);
    }
  }

  async move(move: Move): Promise<boolean> {
    return await this.#change(moveSql(move)) > 0;
  }

  close(): void {
    this.#client.destroy();
  }

  async #insert(put: Put, canOverwrite: boolean): Promise<number> {
    for (const sql of insertSql(put, canOverwrite, this.#maxBytes)) {
      await this.#change(sql);
    }
    return put.rows.length;
  }

  async #updateEach(put: Put): Promise<number> {
    let found = 0;
    for (const row of put.rows) {
      const sql = updateSql(put, row);
      found += sql === undefined ? 1 : await this.#change(sql);
    }
    return found;
  }

  async #upsertEach(put: Put): Promise<number> {
    for (const row of put.rows) {
      const one = { ...put, rows: [row] };
      const isThere = await this.#isThere(one);
      if (isThere) await this.#updateEach(one);
      else await this.#insert(one, false);
    }
    return put.rows.length;
  }

  /** Locked, so that it stays so. */
  async #isThere(put: Put): Promise<boolean> {
    const [sql] = removeSql({ ...put, guard: undefined }, this.#maxBytes);
    const [rows] = await this.#client.query<RowDataPacket[]>(
      `${sql.replace(/^DELETE/, "SELECT 1")} FOR UPDATE`,
    );
    return rows.length > 0;
  }

  /** @returns How many rows it was about, also where nothing is other than before. */
  async #change(sql: string): Promise<number> {
    const [{ affectedRows }] = await this.#client.query<ResultSetHeader>(sql);
    return affectedRows;
  }
}

/**
 * The unique indexes besides the key's.
 * @throws {Error} Where none is on just the key: rows would be doubled.
 */
export function otherKeys(
  table: TableFacts,
  key: readonly string[],
): readonly (readonly string[])[] {
  const { uniqueKeys } = table as MysqlFacts;
  const wanted = foldedText(key);
  const others = uniqueKeys.filter((each) => foldedText(each) !== wanted);
  if (others.length < uniqueKeys.length) return others;
  throw new Error(
    `${table.name.table} has no unique index on just ${key.join(", ")}`,
  );
}

function foldedText(names: readonly string[]): string {
  return names.map((name) => name.toLowerCase()).sort().join("\n");
}
