/**
 * Reads the changes of many tables at the same time, as one stream.
 *
 * Each table is a reader of its own (table_reader.ts); what they read meets in one
 * queue. A table that breaks stops no other; when none is left that could go on,
 * the input fails. On a stop the readers end, what is in the queue is delivered,
 * its offsets are stored, and the locks are given back last.
 *
 * @module
 */

import {
  FinalError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type Logger,
} from "@dstream/sdk";
import { BatchQueue } from "./reading/batch_queue.ts";
import { CaptureWatch } from "./tables/capture_watch.ts";
import type { Catalog, SourceTable } from "./tables/catalog.ts";
import type { MssqlConfig } from "./config.ts";
import { Connections } from "./connection/connections.ts";
import {
  describeJobs,
  inspect,
  makeOffsets,
  offsetsTableOf,
  type Setup,
  warnOf,
} from "./connection/handshake.ts";
import { LiveCatalog } from "./tables/live_catalog.ts";
import { ForeignOffsetError, OffsetKeeper } from "./offsets/offset_keeper.ts";
import { openLocks } from "./locks/open_locks.ts";
import { pause } from "./reading/pause.ts";
import { Poller } from "./reading/poller.ts";
import { chooseTables, fullName } from "./tables/table_checks.ts";
import { lockName, type TableLocks } from "./locks/table_lock.ts";
import { profileOf } from "./tables/table_profile.ts";
import {
  GapError,
  READER_TIMES,
  type ReaderShared,
  type ReaderTimes,
} from "./reading/reader_shared.ts";
import { TableReader } from "./reading/table_reader.ts";

/** What is shorter in tests. */
export interface InputTimes extends ReaderTimes {
  readonly flushIntervalMs: number;
  readonly flushRetryMs: number;
  /** How often a table that stopped is spoken of. */
  readonly reminderMs: number;
}

/** As they are when nobody says otherwise. */
export const INPUT_TIMES: InputTimes = {
  ...READER_TIMES,
  flushIntervalMs: 500,
  flushRetryMs: 1000,
  reminderMs: 300_000,
};

/** What may wait for the output, besides what the kit holds. */
const QUEUE_BYTES = 16 * 1024 * 1024;

/** The `mssql` input; {@link MssqlInput.open} is the handshake. */
export class MssqlInput implements Input {
  readonly #config: MssqlConfig;
  readonly #connections: Connections;
  readonly #setup: Setup;
  readonly #keeper: OffsetKeeper;
  readonly #locks: TableLocks;
  readonly #times: InputTimes;
  readonly #readers = new Map<string, TableReader>();
  readonly #running = new Set<Promise<void>>();
  /** Speak of stopped tables until the end; no table waits for them. */
  readonly #reminders = new Set<Promise<void>>();
  /** Tables that stopped for good, and why. */
  readonly #stopped = new Map<string, Error>();

  private constructor(
    config: MssqlConfig,
    connections: Connections,
    setup: Setup,
    keeper: OffsetKeeper,
    locks: TableLocks,
    times: InputTimes,
  ) {
    this.#config = config;
    this.#connections = connections;
    this.#setup = setup;
    this.#keeper = keeper;
    this.#locks = locks;
    this.#times = times;
  }

  /** @throws {ConfigError} naming all that a person must put right. */
  static async open(
    config: MssqlConfig,
    { signal, log, taskName }: OpenContext,
    times: InputTimes = INPUT_TIMES,
  ): Promise<MssqlInput> {
    const connections = new Connections(config);
    // ApplicationIntent says the same in a connection string.
    config = { ...config, readOnly: connections.isReadOnly };
    try {
      const setup = await inspect(config, connections, signal);
      const table = offsetsTableOf(config);
      await makeOffsets(connections, table, signal);
      const locks = await openLocks(config, connections, log, signal);
      const keeper = new OffsetKeeper({
        sessions: connections.writing,
        table,
        log,
        // By hand nothing is claimed, so that a task may go on from there.
        owner: taskName ?? null,
        flushIntervalMs: times.flushIntervalMs,
        retryMs: times.flushRetryMs,
      });
      warnOf(setup, config, log);
      return new MssqlInput(config, connections, setup, keeper, locks, times);
    } catch (error) {
      await connections[Symbol.asyncDispose]();
      throw error;
    }
  }

  async *read(
    _resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const stop = new AbortController();
    const queue = new BatchQueue(QUEUE_BYTES);
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const shared = this.#share(context, queue, signal);
    for (const table of this.#setup.tables) this.#start(table, shared);
    this.#closeAtEnd(queue, signal);
    try {
      yield* queue.read();
    } finally {
      // Also when nobody takes what is left.
      stop.abort();
      await Promise.all([...this.#running, ...this.#reminders]);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#keeper.close();
    } finally {
      const readers = [...this.#readers.values()];
      await Promise.all(readers.map((reader) => reader.close()));
      await this.#locks[Symbol.asyncDispose]();
      await this.#connections[Symbol.asyncDispose]();
    }
  }

  #share(
    { log, progress }: InputContext,
    queue: BatchQueue,
    stop: AbortSignal,
  ): ReaderShared {
    const connections = this.#connections;
    const { facts, catalog } = this.#setup;
    const slackMs = this.#config.pollInterval / 4;
    const watch = new CaptureWatch(log, () => describeJobs(connections, stop));
    const shared: ReaderShared = {
      config: this.#config,
      log,
      stop,
      queue,
      progress,
      watch,
      keeper: this.#keeper,
      locks: this.#locks,
      catalog: new LiveCatalog(
        catalog,
        connections.asking,
        stop,
        (newer) => this.#startNew(newer, shared),
      ),
      poller: new Poller(connections.asking, slackMs, stop),
      sessions: connections.reading,
      isSnapshotIsolated: facts.isSnapshotIsolationOn,
      random: Math.random,
    };
    return shared;
  }

  /** A pattern may fit a table that was enabled since. */
  #startNew(catalog: Catalog, shared: ReaderShared): void {
    const { facts } = this.#setup;
    const { tables } = chooseTables(this.#config, catalog, facts);
    for (const table of tables) {
      if (this.#readers.has(fullName(table)) || shared.stop.aborted) continue;
      shared.log.info(`found the table ${fullName(table)}`);
      this.#start(table, shared);
    }
  }

  #start(table: SourceTable, shared: ReaderShared): void {
    const name = fullName(table);
    const { serverName } = this.#setup.facts;
    const profile = profileOf(
      { schemaName: table.schemaName, tableName: table.tableName },
      this.#config,
      this.#lockName(table),
      serverName,
    );
    const reader = new TableReader(profile, shared, this.#times);
    this.#readers.set(name, reader);
    const running = this.#run(name, reader, shared);
    this.#running.add(running);
    running.finally(() => this.#running.delete(running));
  }

  #lockName(table: SourceTable): string {
    const { facts } = this.#setup;
    return lockName({
      server: this.#connections.target.server,
      serverName: facts.serverName,
      hostName: Deno.hostname(),
      database: facts.databaseName,
      table,
      consumer: this.#config.consumer,
    }, this.#config.lockConfig.lockNames);
  }

  async #run(
    name: string,
    reader: TableReader,
    shared: ReaderShared,
  ): Promise<void> {
    try {
      await reader.run();
    } catch (error) {
      const endsTable = error instanceof GapError ||
        error instanceof ForeignOffsetError;
      if (!endsTable) return shared.queue.fail(error);
      this.#stopped.set(name, error);
      shared.log.error(`${error.message}; ${name} is not read any more`);
      // A run that is to end has its other tables read first.
      if (!this.#config.follow) return;
      if (this.#stopped.size < this.#readers.size) {
        this.#reminders.add(this.#remind(error, shared));
      } else shared.queue.fail(finalOf(error));
    }
  }

  /** The others go on; nobody shall forget this one. */
  async #remind(
    { message }: Error,
    { stop, log }: ReaderShared,
  ): Promise<void> {
    for (;;) {
      await pause(this.#times.reminderMs, stop);
      if (stop.aborted) return;
      log.error(`${message}; it is still not read`);
    }
  }

  async #closeAtEnd(queue: BatchQueue, signal: AbortSignal): Promise<void> {
    if (!signal.aborted && this.#config.follow) {
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true })
      );
    }
    await Promise.all(this.#running);
    const [error] = this.#stopped.values();
    if (error === undefined || this.#config.follow) queue.close();
    else queue.fail(finalOf(error));
  }
}

/** Why a table's end is the end of the run. */
function finalOf(error: Error): FinalError {
  return error instanceof ForeignOffsetError ? foreign(error) : gap(error);
}

/** What `open` gets. */
interface OpenContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly taskName: string | undefined;
}

function gap({ message }: Error): FinalError {
  return new FinalError("mssql.gap", message, {
    key: "on_gap",
    hint: 'on_gap = "snapshot" reads all rows anew, "continue" goes on ' +
      "behind the gap",
  });
}

/** To go on would take the other task's changes from it. */
function foreign({ message }: Error): FinalError {
  return new FinalError("mssql.offset_owner", message, { key: "consumer" });
}
