/**
 * Tables that are read again while their changes go on.
 *
 * A table is read in parts, in the order of its key, and the stream of changes waits
 * for the moment that a part takes. So a part is as new as the stream or newer: what
 * it has already, the stream repeats, and the last word on each row is the stream's.
 * Between two parts the stream has at least as long for itself.
 *
 * @module
 */

import type { InputBatch, InputContext, Json } from "@dstream/sdk";
import { shownName, type TableName } from "../../names.ts";
import type { SourceTable } from "../setup/catalog.ts";
import type { AgainState, SnapshotState } from "../snapshot/snapshot_state.ts";
import { NotYet, PartReader, type PartSource } from "./part_reader.ts";
import { askedTables } from "./signal.ts";

const FIRST_ROWS = 1_000;
const MIN_ROWS = 100;
const MAX_ROWS = 10_000;
/** Changes wait no longer than about this. */
const PART_MS = 100;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 15_000;
/** About a minute; then the wish is given up. */
const MAX_ATTEMPTS = 9;

/** Where the stream is. */
export interface StreamPlace {
  /** In fixed width. */
  readonly place: string;
  readonly index: number;
}

/** What is read, and for whom. */
export interface RereadOptions extends PartSource {
  readonly tables: readonly SourceTable[];
  readonly state: SnapshotState;
}

/** One per run. */
export class Rereads implements AsyncDisposable {
  readonly #tables: SourceTable[];
  readonly #filters: Map<number, string>;
  readonly #queue: SourceTable[];
  readonly #reader: PartReader;
  #rows = 0;
  #partRows = FIRST_ROWS;
  #failures = 0;
  /** The table of which it was said that it waits. */
  #saidLater = "";
  /** By the monotonic clock. */
  #dueMs = -Infinity;

  constructor(
    private readonly options: RereadOptions,
    private readonly context: InputContext,
  ) {
    const { tables, state, filters } = options;
    this.#tables = [...tables];
    this.#filters = new Map(filters);
    this.#reader = new PartReader(
      { ...options, filters: this.#filters },
      context.signal,
    );
    this.#queue = tables.filter((table) =>
      state.get(shownName(table))?.again?.isDone === false
    );
  }

  /** Whether a table waits or is being read. */
  get isPending(): boolean {
    return this.#queue.length > 0;
  }

  /** The table whose turn it is. */
  get first(): SourceTable {
    return this.#queue[0];
  }

  /** How long the stream has for itself now; 0: the next part is due. */
  get waitMs(): number {
    return Math.max(0, this.#dueMs - this.context.monotonicMs());
  }

  /**
   * A signal came.
   *
   * @param text Which tables it means.
   * @param place Where in the log it stands.
   * @returns Whether there is a new state to be stored.
   */
  request(text: string, place: string): boolean {
    const { tables, problem } = askedTables(text, this.#tables);
    if (problem !== undefined) this.context.log.warn(problem);
    return tables.filter((table) => this.readAgain(table, place)).length > 0;
  }

  /** Reads a table. @returns Whether there is a new state to be stored. */
  readAgain(table: SourceTable, place: string): boolean {
    if (!this.#note(table, place)) return false;
    const at = this.#queue.findIndex(({ oid }) => oid === table.oid);
    if (at === 0) this.#rows = 0; // from its beginning
    if (at < 0) this.#queue.push(table);
    this.context.log.info(`${shownName(table)} will be read again`);
    return true;
  }

  /**
   * Another table has the name now; what was read of the former is forgotten.
   *
   * @param table Absent: it is gone as well.
   */
  replace(
    name: TableName,
    oid: number,
    table: SourceTable | undefined,
    filter: string | undefined,
  ): void {
    const shown = shownName(name);
    const isOther = (each: SourceTable) => shownName(each) !== shown;
    for (const list of [this.#tables, this.#queue]) {
      list.splice(0, list.length, ...list.filter(isOther));
    }
    this.#rows = 0;
    if (table !== undefined) this.#tables.push(table);
    if (filter !== undefined) this.#filters.set(oid, filter);
    this.options.state.set(shown, { oid, isDone: true });
  }

  /** @returns Whether this signal is newer than what is known. */
  #note(table: SourceTable, signal: string): boolean {
    const { state } = this.options;
    const known = state.get(shownName(table));
    if (known?.again !== undefined && known.again.signal >= signal) {
      return false;
    }
    state.set(shownName(table), {
      oid: table.oid,
      isDone: false,
      ...known,
      again: { signal, isDone: false },
    });
    return true;
  }

  /**
   * The next part of the table whose turn it is; to be called when it is due.
   *
   * @param stored To be told when what was asked for is in the state for good.
   */
  async *readPart(
    stream: StreamPlace,
    stored: () => () => void,
  ): AsyncGenerator<InputBatch> {
    const table = this.first;
    const startMs = this.context.monotonicMs();
    const limit = this.#partRows;
    const { after } = this.#again(table);
    let count = 0;
    try {
      const parts = this.#reader.read({ ...stream, table, after, limit });
      for await (const { shape, rows } of parts) {
        count += rows.count;
        this.#setAgain(table, { isDone: false, after: rows.lastKey });
        yield {
          schema: shape.schema,
          lines: rows.bytes,
          lineCount: rows.count,
          state: this.toJson(),
          delivered: stored(),
        };
      }
    } catch (error) {
      if (this.context.signal.aborted) return;
      if (this.#isGivenUp(table, error)) yield this.#next(stored);
      return;
    }
    if (this.context.signal.aborted) return;
    this.#failures = 0;
    this.#saidLater = "";
    this.#tell(table, count, this.context.monotonicMs() - startMs);
    if (count === limit) return;
    this.#setAgain(table, { isDone: true });
    this.context.log.info(`${shownName(table)} was read again`, {
      rows: this.#rows,
    });
    yield this.#next(stored);
  }

  /** What is to be stored. */
  toJson(): Json {
    return this.options.state.toJson();
  }

  /** Ends its connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
  }

  #again(table: SourceTable): AgainState {
    return this.options.state.get(shownName(table))!.again!;
  }

  #setAgain(table: SourceTable, news: Partial<AgainState>): void {
    const { state } = this.options;
    const known = state.get(shownName(table))!;
    const { signal } = known.again!;
    const again = { signal, isDone: false, ...news };
    state.set(shownName(table), { ...known, again });
  }

  #tell(table: SourceTable, count: number, tookMs: number): void {
    this.#rows += count;
    const { progress, monotonicMs } = this.context;
    const total = Math.max(table.estimatedRows, this.#rows);
    progress(`${shownName(table)} is read again`, this.#rows, total);
    this.#dueMs = monotonicMs() + tookMs;
    const factor = tookMs < PART_MS ? 2 : tookMs > 2 * PART_MS ? 0.5 : 1;
    this.#partRows = Math.min(
      Math.max(Math.round(this.#partRows * factor), MIN_ROWS),
      MAX_ROWS,
    );
  }

  /**
   * The state without the table that was read. With rows that follow, those prove
   * that it is stored.
   */
  #next(stored: () => () => void): InputBatch {
    this.#queue.shift();
    this.#rows = 0;
    return {
      state: this.toJson(),
      ...(!this.isPending && { delivered: stored() }),
    };
  }

  #isGivenUp(table: SourceTable, error: unknown): boolean {
    const { message, sqlState = "" } = error as Error & { sqlState?: string };
    const name = shownName(table);
    const isLast = !(error instanceof NotYet) &&
      (++this.#failures >= MAX_ATTEMPTS || sqlState.startsWith("42"));
    if (isLast) {
      this.#failures = 0;
      this.context.log.error(
        `${name} is not read again: ${message}; the next run tries it once more`,
      );
      return true;
    }
    const delayMs = Math.min(
      FIRST_DELAY_MS * 2 ** Math.max(this.#failures - 1, 0),
      MAX_DELAY_MS,
    );
    this.#dueMs = this.context.monotonicMs() + delayMs;
    const { log } = this.context;
    const text = `${name} is read again later: ${message}`;
    if (this.#saidLater === name) log.debug(text);
    else log.info(text);
    this.#saidLater = name;
    return false;
  }
}
