/**
 * The catalog of the moment, read anew when a poll says that it changed.
 *
 * @module
 */

import { type Catalog, loadCatalog, type SourceTable } from "./catalog.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import type { TableName } from "./table_names.ts";

/** Holds what was read last; those who ask at once share one reading. */
export class LiveCatalog {
  readonly #sessions: SessionPool;
  readonly #stop: AbortSignal;
  readonly #onChange: (catalog: Catalog) => void;
  #catalog: Catalog;
  /** Of the poll after which it was read. */
  #mark: string | undefined;
  #loading: Promise<void> | undefined;

  constructor(
    catalog: Catalog,
    sessions: SessionPool,
    stop: AbortSignal,
    onChange: (catalog: Catalog) => void,
  ) {
    this.#catalog = catalog;
    this.#sessions = sessions;
    this.#stop = stop;
    this.#onChange = onChange;
  }

  /** @returns The table as it is known; nothing when it is gone. */
  find({ schemaName, tableName }: TableName): SourceTable | undefined {
    return this.#catalog.tables.find((table) =>
      table.schemaName === schemaName && table.tableName === tableName
    );
  }

  /** @returns Whether it was read anew. */
  async follow(mark: string): Promise<boolean> {
    if (mark === this.#mark) return false;
    await this.refresh();
    this.#mark = mark;
    return true;
  }

  /** Reads it anew; several who ask at once wait for one reading. */
  async refresh(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    this.#catalog = await this.#sessions.use(
      this.#stop,
      (session) => loadCatalog(session, this.#stop),
    );
    this.#onChange(this.#catalog);
  }
}
