/**
 * Keeps changes as tables: some changes, one transaction.
 *
 * A lost connection, a deadlock or a lock makes it begin again. Was the answer to
 * COMMIT lost, the same changes are applied twice, which changes nothing with
 * `mode = "upsert"` and `"insert"`.
 *
 * @module
 */

import {
  FinalError,
  type Json,
  type OpenContext,
  type OutputContext,
} from "@dstream/sdk";
import { applyChanges, type ApplyParts, type Missed } from "./apply.ts";
import { Checkpoints, createCheckpoints } from "./checkpoints.ts";
import type { Connection, Dialect, Shape, TableFacts } from "./dialect.ts";
import type { SqlConfig } from "./fields.ts";
import type { RowChange } from "./fold.ts";
import { createHistory, historyRow } from "./history.ts";
import type { PlacedChange, Reject } from "./read_changes.ts";
import { MissedRows } from "./missed_rows.ts";
import { askOf, extraFields } from "./row_changes.ts";
import { MIN_STREAMED, streamBatch } from "./stream_batch.ts";
import { Tables, type Wanted } from "./tables.ts";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

/** See the module's comment. */
export class ChangeWriter {
  readonly #dialect: Dialect;
  readonly #config: SqlConfig;
  readonly #task: string;
  readonly #tables: Tables;
  readonly #noted = new WeakSet<TableFacts>();
  readonly #missed = new MissedRows();
  readonly #histories = new Map<string, TableFacts>();
  #connection: Connection | undefined;
  #checkpoints: Checkpoints | undefined;

  private constructor(dialect: Dialect, config: SqlConfig, task: string) {
    this.#dialect = dialect;
    this.#config = config;
    this.#task = task;
    this.#tables = new Tables(dialect, config);
  }

  /** @throws What `connect` throws; FinalError for a table that has to be there. */
  static async open(
    dialect: Dialect,
    config: SqlConfig,
    context: OpenContext,
  ): Promise<ChangeWriter> {
    const writer = new ChangeWriter(dialect, config, context.taskName ?? "");
    const connection = writer.#connection = await dialect.connect(
      context.signal,
    );
    try {
      await writer.#untilDone(context, async (connection) => {
        await writer.#checkTable(connection);
      });
    } catch (error) {
      connection.close();
      throw error;
    }
    return writer;
  }

  /** One table for everything is looked at before anything streams. */
  async #checkTable(connection: Connection): Promise<void> {
    const { table, createTables } = this.#config;
    if (/[{}]/.test(table) || createTables !== "never") return;
    await this.#tables.require(connection, table);
  }

  /** A run that streams nothing, as a dry one, makes no table. */
  async #makeCheckpoints(connection: Connection): Promise<void> {
    const { checkpointTable } = this.#config;
    if (checkpointTable === undefined || this.#checkpoints !== undefined) {
      return;
    }
    const name = this.#dialect.nameOf(checkpointTable);
    await connection.run(createCheckpoints(this.#dialect, name));
    const facts = await connection.readTable(name);
    if (facts === undefined) throw new Error("the table was just made");
    this.#checkpoints = new Checkpoints(
      this.#dialect,
      this.#config,
      facts,
      this.#task,
    );
  }

  /** @returns Reasons by the index of what can't be stored; the rest is. */
  async write(
    placed: readonly PlacedChange[],
    context: OutputContext,
  ): Promise<ReadonlyMap<number, string>> {
    const rejected = new Map<number, string>();
    await this.#untilDone(context, async (connection) => {
      const missed = await this.#stream(connection, placed, rejected) ??
        await this.#writeWhole(connection, placed, rejected, context);
      for (const each of missed) this.#missed.tell(each, context.log);
    });
    return rejected;
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** @returns `undefined` where it isn't worth it, or not usual: nothing is done. */
  async #stream(
    connection: Connection,
    placed: readonly PlacedChange[],
    rejected: Map<number, string>,
  ): Promise<readonly Missed[] | undefined> {
    const isWorth = this.#dialect.isServer && placed.length >= MIN_STREAMED &&
      this.#config.mode !== "append_changes" &&
      this.#config.checkpointTable === undefined;
    if (!isWorth) return undefined;
    rejected.clear();
    const reject: Reject = (index, reason) => rejected.set(index, reason);
    const parts = this.#applyParts(connection, reject);
    return await streamBatch(
      parts,
      placed.length,
      (from, to) => this.#usualChanges(placed.slice(from, to), reject),
    );
  }

  /** @returns `undefined` for what a log or a statement of DDL is needed for. */
  #usualChanges(
    placed: readonly PlacedChange[],
    reject: Reject,
  ): RowChange[] | undefined {
    const tables = new Map<string, TableFacts>();
    for (const [name, wanted] of wantedOf(placed, this.#config)) {
      const table = this.#tables.known(name, wanted);
      if (table === undefined) return undefined;
      tables.set(name, table);
    }
    const changes: RowChange[] = [];
    for (const each of placed) {
      const table = tables.get(each.table);
      if (table === undefined) return undefined; // a gap
      const asked = askOf(this.#config, each, table);
      if (asked === undefined) continue;
      if ("note" in asked) return undefined;
      if ("change" in asked) changes.push(asked.change);
      else reject(each.index, asked.problem);
    }
    return changes;
  }

  #applyParts(connection: Connection, reject: Reject): ApplyParts {
    const { guard, positionColumn } = this.#config;
    return {
      dialect: this.#dialect,
      connection,
      guard: guard === "position" ? positionColumn : undefined,
      reject,
    };
  }

  async #writeWhole(
    connection: Connection,
    placed: readonly PlacedChange[],
    rejected: Map<number, string>,
    context: OutputContext,
  ): Promise<readonly Missed[]> {
    rejected.clear();
    const reject: Reject = (index, reason) => rejected.set(index, reason);
    const changes = this.#config.mode === "append_changes"
      ? await this.#historyOf(connection, placed)
      : await this.#changesOf(connection, placed, reject, context);
    await this.#makeCheckpoints(connection);
    await connection.run("BEGIN");
    const passage = await this.#checkpoints?.begin(connection, placed, reject);
    const missed = await applyChanges(
      this.#applyParts(connection, reject),
      passage === undefined
        ? changes
        : changes.filter(({ index }) => !passage.old.has(index)),
    );
    if (passage !== undefined) {
      await this.#checkpoints!.end(connection, passage, placed, rejected);
    }
    await connection.run("COMMIT");
    return missed;
  }

  async #changesOf(
    connection: Connection,
    placed: readonly PlacedChange[],
    reject: Reject,
    { log }: OutputContext,
  ): Promise<RowChange[]> {
    const tables = await this.#ensureAll(connection, placed);
    this.#note(tables.values(), log);
    const changes: RowChange[] = [];
    for (const each of placed) {
      const table = tables.get(each.table);
      const isGap = table === undefined; // one of a table without rows here
      const asked = isGap
        ? { note: "gap" as const }
        : askOf(this.#config, each, table);
      if (asked === undefined) continue;
      if ("change" in asked) changes.push(asked.change);
      else if ("problem" in asked) reject(each.index, asked.problem);
      else if (asked.note === "truncate_refused") throw truncated(each.table);
      else log.warn(`changes of ${each.table} may be missing here`);
    }
    return changes;
  }

  #note(tables: Iterable<TableFacts>, log: OutputContext["log"]): void {
    const { noteOf } = this.#dialect;
    if (noteOf === undefined || this.#config.mode !== "upsert") return;
    for (const table of tables) {
      if (this.#noted.has(table)) continue;
      this.#noted.add(table);
      const note = noteOf(table, this.#config.key ?? table.primaryKey);
      if (note !== undefined) log.warn(note);
    }
  }

  async #ensureAll(
    connection: Connection,
    placed: readonly PlacedChange[],
  ): Promise<Map<string, TableFacts>> {
    const found = new Map<string, TableFacts>();
    for (const [table, wanted] of wantedOf(placed, this.#config)) {
      found.set(table, await this.#tables.ensure(connection, table, wanted));
    }
    return found;
  }

  async #historyOf(
    connection: Connection,
    placed: readonly PlacedChange[],
  ): Promise<RowChange[]> {
    const changes: RowChange[] = [];
    for (const each of placed) {
      const table = this.#histories.get(each.table) ??
        await this.#makeHistory(connection, each.table);
      changes.push(historyRow(each, table));
    }
    return changes;
  }

  async #makeHistory(
    connection: Connection,
    text: string,
  ): Promise<TableFacts> {
    const name = this.#dialect.nameOf(text);
    if (this.#config.createTables !== "never") {
      await connection.run(createHistory(this.#dialect, name));
    }
    await this.#tables.require(connection, text);
    const facts = (await connection.readTable(name))!;
    this.#histories.set(text, facts);
    return facts;
  }

  /** Begins again, with pauses that grow, while that may help. */
  async #untilDone(
    context: Pick<OpenContext, "signal" | "sleep" | "log" | "monotonicMs">,
    work: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    const startMs = context.monotonicMs();
    for (let pauseMs = FIRST_PAUSE_MS;; pauseMs *= 2) {
      try {
        this.#connection ??= await this.#dialect.connect(context.signal);
        return await work(this.#connection);
      } catch (error) {
        this.#letGo();
        if (error instanceof FinalError) throw error;
        const kind = this.#dialect.classify(error);
        if (kind !== "again") throw refused(this.#dialect, error);
        const spentMs = context.monotonicMs() - startMs;
        const isOver = spentMs + pauseMs > this.#config.retryTimeout;
        if (isOver || context.signal.aborted) throw error;
        context.log.warn(`${this.#dialect.name}: ${error}; trying again`);
        await context.sleep(Math.min(pauseMs, LONGEST_PAUSE_MS));
      }
    }
  }

  /** With the connection goes the transaction; what it saw may have changed. */
  #letGo(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#tables.forget();
    this.#histories.clear();
    this.#checkpoints?.forget();
  }
}

/** What all rows of a table want together. */
function wantedOf(
  placed: readonly PlacedChange[],
  config: SqlConfig,
): Map<string, Wanted> {
  const extras = extraFields(config);
  const all = new Map<string, Wanted & { shapes: Set<Shape> }>();
  for (const { table, head, schema, row } of placed) {
    if (head.operation === "gap") continue;
    let wanted = all.get(table);
    if (wanted === undefined) {
      const columns = () => columnsOf(placed, table);
      wanted = { shapes: new Set(), columns, key: head.key, schema, extras };
      all.set(table, wanted);
    }
    // Of a delete only its key is looked at.
    const isLookedAt = row !== undefined && head.operation !== "delete";
    if (isLookedAt) wanted.shapes.add(row.shape);
  }
  return all;
}

/** Each column with a value that isn't null, where there is one. */
function columnsOf(
  placed: readonly PlacedChange[],
  table: string,
): Map<string, Json> {
  const columns = new Map<string, Json>();
  for (const { table: each, head, row } of placed) {
    if (each !== table || head.operation === "delete") continue;
    for (const name of row?.shape.names ?? []) {
      const known = columns.get(name) ?? null;
      if (known === null) columns.set(name, row!.values[name] ?? null);
    }
  }
  return columns;
}

function truncated(table: string): FinalError {
  return new FinalError(
    "sql.truncate_refused",
    `${table} was emptied at its source, and truncate = "fail" ends the task`,
    { key: "truncate", hint: 'set truncate = "apply" or "ignore"' },
  );
}

function refused({ name }: Dialect, error: unknown): FinalError {
  const text = error instanceof Error ? error.message : String(error);
  return new FinalError("sql.refused", `${name} refused to go on: ${text}`, {
    cause: error,
  });
}
