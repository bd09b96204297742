/**
 * One connection to SQL Server that runs one statement at a time.
 *
 * The driver stops its timer with the first byte of an answer, so a server that
 * falls silent in the middle would be waited for without end: here a statement
 * fails when nothing has come for as long as it may take.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Connection, Request } from "tedious";
import type { SqlValue } from "../encode/column_value.ts";
import type { FastSink } from "../encode/fast_tokens.ts";
import { SqlError, toSqlError } from "./sql_error.ts";
import type { Parameter, Statement } from "../statements/sql_text.ts";

/** A row by column name. */
export type Row = Readonly<Record<string, SqlValue | null>>;
/** The rows of one result set. */
export type Rows = readonly Row[];

/** A value with its column, as the driver hands them over. */
export interface Cell {
  readonly value: SqlValue | null;
}

/** Takes an answer piece by piece; must not throw. */
export interface AnswerSink {
  /** A result set begins. */
  columns(names: readonly string[]): void;
  /** Its next row. */
  row(cells: readonly Cell[]): void;
  /** Rows of some result sets may come in the faster way instead. */
  readonly fast?: FastSink;
}

/** How a statement is run. */
export interface RunOptions {
  /** Ends the statement; the connection stays usable where it can. */
  readonly signal: AbortSignal;
  /** How long nothing may come. */
  readonly timeoutMs?: number;
}

/** Silence this long ends a statement, unless it says otherwise. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** One connection, made by {@link openSession}, for one piece of work at a time. */
export class Session implements AsyncDisposable {
  readonly #tedious: typeof import("tedious");
  readonly #connection: Connection;
  readonly #ended = new AbortController();
  readonly #timeoutMs: number;
  #fast: FastSink | undefined;

  constructor(
    tedious: typeof import("tedious"),
    connection: Connection,
    timeoutMs: number = DEFAULT_TIMEOUT_MS,
  ) {
    this.#tedious = tedious;
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    const end = () => this.#ended.abort();
    connection.on("end", end).on("error", end);
  }

  /** Aborted when the connection has ended, whoever ended it. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Who takes rows of the statement of the moment in the faster way. */
  get fastSink(): FastSink | undefined {
    return this.#fast;
  }

  /** @returns The rows of each result set. */
  async run(statement: Statement, options: RunOptions): Promise<Rows[]> {
    const results: Row[][] = [];
    let names: readonly string[] = [];
    await this.stream(statement, {
      columns: (each) => {
        names = each;
        results.push([]);
      },
      row: (cells) => results.at(-1)!.push(toRow(names, cells)),
    }, options);
    return results;
  }

  /** Hands the answer to `sink` as it comes. @throws {SqlError} */
  async stream(
    statement: Statement,
    sink: AnswerSink,
    { signal, timeoutMs = this.#timeoutMs }: RunOptions,
  ): Promise<void> {
    signal.throwIfAborted();
    if (this.ended.aborted) {
      throw new SqlError("the connection has ended", "connection", undefined);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const request = new this.#tedious.Request(
      statement.sql,
      (error) => error ? reject(toSqlError(error)) : resolve(),
    );
    request.setTimeout(timeoutMs);
    using watch = new SilenceWatch(timeoutMs, () => {
      reject(tookTooLong(statement, timeoutMs));
      this.#close();
    });
    connectSink(request, sink, watch);
    this.#fast = watched(sink.fast, watch);
    const cancel = () => void this.#connection.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      this.#send(request, statement.parameters);
      await promise;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#fast = undefined;
    }
  }

  /** Ends the connection and waits until the driver has let go of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended.addEventListener("abort", () => resolve(), { once: true });
    this.#close();
    await promise;
  }

  #close(): void {
    this.#connection.close();
  }

  #send(request: Request, parameters: readonly Parameter[]): void {
    const { TYPES } = this.#tedious;
    for (const { name, type, value } of parameters) {
      switch (type) {
        case "binary(10)":
          request.addParameter(name, TYPES.Binary, toBuffer(value), {
            length: 10,
          });
          break;
        case "int":
          request.addParameter(name, TYPES.Int, value);
          break;
        case "bigint":
          request.addParameter(name, TYPES.BigInt, value);
          break;
        case "nvarchar(4000)":
          request.addParameter(name, TYPES.NVarChar, value, { length: 4000 });
          break;
        case "nvarchar(max)":
          request.addParameter(name, TYPES.NVarChar, value, { length: 65535 });
      }
    }
    if (parameters.length === 0) this.#connection.execSqlBatch(request);
    else this.#connection.execSql(request);
  }
}

function toRow(names: readonly string[], cells: readonly Cell[]): Row {
  const row: Record<string, SqlValue | null> = {};
  for (const [i, { value }] of cells.entries()) row[names[i]] = value;
  return row;
}

function toBuffer(value: Parameter["value"]): Buffer | null {
  return value === null ? null : Buffer.from(value as Uint8Array);
}

function connectSink(
  request: Request,
  sink: AnswerSink,
  watch: SilenceWatch,
): void {
  request.on("columnMetadata", (columns) => {
    watch.touch();
    sink.columns((columns as { colName: string }[]).map((c) => c.colName));
  });
  request.on("row", (cells: readonly Cell[]) => {
    watch.touch();
    sink.row(cells);
  });
}

/** Rows of the faster way are signs of life too. */
function watched(
  fast: FastSink | undefined,
  watch: SilenceWatch,
): FastSink | undefined {
  if (fast === undefined) return undefined;
  return (columns, reader) => {
    const target = fast(columns, reader);
    if (target === undefined) return undefined;
    const added = () => {
      watch.touch();
      target.added();
    };
    return { rows: target.rows, added };
  };
}

function tookTooLong({ name }: Statement, timeoutMs: number): SqlError {
  const message = `the server sent nothing for ${timeoutMs} ms (${name})`;
  return new SqlError(message, "timeout", undefined);
}

/** Acts once nothing was touched for a while; looks twice in that time. */
class SilenceWatch implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  #isTouched = true;

  constructor(silenceMs: number, onSilence: () => void) {
    // The driver's own timer covers the time until the first byte.
    this.#timer = setInterval(() => {
      if (!this.#isTouched) onSilence();
      this.#isTouched = false;
    }, silenceMs);
  }

  touch(): void {
    this.#isTouched = true;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
