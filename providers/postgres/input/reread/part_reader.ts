/**
 * Reads some rows of one table, as they are now, in the order of its key.
 *
 * @module
 */

import type { DstreamError } from "@dstream/sdk";
import type { Client } from "pg";
import { quoteTable } from "../../names.ts";
import { RowShape } from "../decode/row_shape.ts";
import type { SourceTable } from "../setup/catalog.ts";
import type { CatalogConnection } from "../setup/catalog_connection.ts";
import type { TableChoice } from "../setup/choose_tables.ts";
import type { RowFilters } from "../setup/publication.ts";
import { type CopiedRows, copyTable } from "../snapshot/copy_table.ts";
import { ask } from "../stream/ask.ts";
import { Frames } from "../stream/frames.ts";
import type { RecentTransactions } from "./recent_transactions.ts";

/** Whoever alters the table goes first. */
const LOCK_MS = 100;
const LOCK_NOT_AVAILABLE = "55P03";

/** Where rows come from. */
export interface PartSource {
  readonly choice: TableChoice;
  readonly filters: RowFilters;
  readonly metadata: Readonly<Record<string, string>>;
  readonly catalog: CatalogConnection;
  /** Opens a connection of the reader's own. */
  readonly connect: () => Promise<Client>;
  /** What the stream has told already, and rows must show. */
  readonly recent: RecentTransactions;
}

/** Some rows of a table. */
export interface Part {
  readonly table: SourceTable;
  readonly after: readonly string[] | undefined;
  readonly limit: number;
  /** Where the stream is: the position of the rows. */
  readonly place: string;
  readonly index: number;
}

/** It can't be read at this moment; nothing is wrong. */
export class NotYet extends Error {
  override readonly name = "NotYet";
}

/** Keeps its connection from part to part. */
export class PartReader {
  #frames: Frames | undefined;

  constructor(
    private readonly source: PartSource,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws {NotYet} Also {DstreamError}: the next try has a new connection. */
  async *read(
    part: Part,
  ): AsyncGenerator<{ shape: RowShape; rows: CopiedRows }> {
    const frames = this.#frames ??= new Frames(await this.source.connect());
    try {
      yield* this.#read(frames, part);
    } catch (error) {
      await this.close();
      const { sqlState } = error as DstreamError & { sqlState?: string };
      throw sqlState === LOCK_NOT_AVAILABLE
        ? new NotYet("the table is being altered", { cause: error })
        : error;
    }
  }

  async close(): Promise<void> {
    const frames = this.#frames;
    this.#frames = undefined;
    await frames?.close();
  }

  async *#read(frames: Frames, { table, ...place }: Part) {
    const { catalog, choice, filters, metadata, recent } = this.source;
    const say = (sql: string) => ask(frames, sql, this.signal);
    await say("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await say(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    // From here on its columns stay as they are.
    await say(`LOCK TABLE ${quoteTable(table)} IN ACCESS SHARE MODE`);
    const { columns, key, types } = await catalog.details(
      table.oid,
      [],
      this.signal,
    );
    const snapshot = await say("SELECT pg_current_snapshot()");
    if (!recent.isShownBy(snapshot!)) {
      throw new NotYet("rows are older than changes that came already");
    }
    const chosen = choice.columnsOf(table);
    const shape = new RowShape(table, columns, key, types, chosen, metadata);
    const { isPartitioned } = table;
    const filter = filters.get(table.oid);
    const task = { ...place, shape, key, isPartitioned, filter };
    for await (const rows of copyTable(frames, task, this.signal)) {
      yield { shape, rows };
    }
    if (this.signal.aborted) return;
    await say("COMMIT");
  }
}
