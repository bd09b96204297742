/**
 * Rows that may be there already: COPY into a table of the session, and an upsert
 * from it. The server needs half of what it needs for JSON.
 *
 * A row that is refused ends the transaction in either way; then the usual way, which
 * halves, gets its turn.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Client } from "pg";
import { doubleQuoted as quote, type Put, RowError } from "../../sql/mod.ts";
import { codeOf, isConnectionFailure } from "../connection/failure.ts";
import { copyIn } from "./copy_in.ts";
import { copyText } from "./copy_text.ts";
import { upsertFrom } from "./statements.ts";

/** Fewer rows are not worth it. */
const MIN_STAGED = 100;
/** Of a session; tables and their sets of columns beyond that go the usual way. */
const MAX_TABLES = 200;
/** How many statements go the usual way after a refusal: halves of its batch. */
const REST_PUTS = 200;
/** No right to make such tables; a pooler that gives each transaction another session. */
const NEVER = /^(42501|42P01|25006|0A000)$/;

/** One per session. */
export class Staging {
  /** Names of the session's tables, by their columns. */
  readonly #names = new Map<string, string>();
  /** Those that were made, unless a rollback has taken them away. */
  readonly #made = new Set<string>();
  #restingPuts = 0;

  constructor(private readonly client: Client) {}

  /** A rollback may have taken tables with it. */
  forget(): void {
    this.#made.clear();
  }

  /** @returns Whether the rows were written. */
  async put(put: Put): Promise<boolean> {
    const { mode, columns, rows } = put;
    if (mode !== "upsert" && mode !== "insert") return false;
    if (this.#restingPuts > 0) {
      this.#restingPuts--;
      return false;
    }
    if (rows.length < MIN_STAGED) return false;
    const fields = columns.map(({ name, type }) => `${quote(name)} ${type}`);
    const name = this.#nameOf(fields.join(", "));
    const text = name && copyText(rows, columns);
    if (name === undefined || text === undefined) return false;
    try {
      await this.#make(name, fields);
      const names = columns.map((column) => quote(column.name)).join(", ");
      await copyIn(this.client, `COPY ${name} (${names}) FROM STDIN`, text);
      await this.client.query(`${upsertFrom(name, put)}; DELETE FROM ${name}`);
      return true;
    } catch (error) {
      if (isConnectionFailure(error)) throw error;
      const isForGood = NEVER.test(codeOf(error) ?? "");
      this.#restingPuts = isForGood ? Infinity : REST_PUTS;
      throw new RowError(String(error), { cause: error });
    }
  }

  /** The same for all targets whose rows look like that. */
  #nameOf(columns: string): string | undefined {
    const known = this.#names.get(columns);
    if (known !== undefined || this.#names.size >= MAX_TABLES) return known;
    // A pooler may hand us a session that has such tables already.
    const hash = createHash("sha256").update(columns).digest("hex");
    const name = `pg_temp.dstream_rows_${hash.slice(0, 16)}`;
    this.#names.set(columns, name);
    return name;
  }

  /** Its rows end with the transaction, so it holds no more than one has. */
  async #make(name: string, fields: readonly string[]): Promise<void> {
    if (this.#made.has(name)) return;
    await this.client.query(
      `CREATE TABLE IF NOT EXISTS ${name} (${fields.join(", ")}) ` +
        "ON COMMIT DELETE ROWS",
    );
    this.#made.add(name);
  }
}
