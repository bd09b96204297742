/**
 * Rows and changes of Postgres tables: first the rows as they are, then every
 * change since.
 *
 * The slot on the server is the checkpoint of changes; the state that dstream keeps
 * says which rows of the snapshot were delivered.
 *
 * @module
 */

import {
  FinalError,
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type OpenContext,
} from "@dstream/sdk";
import { writeChange } from "@dstream/sdk/changes";
import type { Client } from "pg";
import { closeClient, openClient } from "../connection/open.ts";
import { connectionSettings } from "../connection/settings.ts";
import { shownName } from "../names.ts";
import type { PostgresConfig } from "./config.ts";
import { type Lsn, parseLsn, sortableLsn } from "./lsn.ts";
import { CatalogConnection } from "./setup/catalog_connection.ts";
import { prepare, type Prepared } from "./setup/prepare.ts";
import type { RecentTransactions } from "./reread/recent_transactions.ts";
import { ReplacedTables } from "./reread/replaced_table.ts";
import { Rereads } from "./reread/rereads.ts";
import { isReadSignal, READ_SIGNAL } from "./reread/signal.ts";
import { ShapeBook } from "./setup/shape_book.ts";
import { createSlot, dropSlot, readSlot } from "./setup/slot.ts";
import {
  beginningOf,
  failAtGap,
  gapAnswer,
  refuseForeignSlot,
} from "./setup/state_of_slot.ts";
import { readSnapshot } from "./snapshot/snapshot.ts";
import { SnapshotState } from "./snapshot/snapshot_state.ts";
import { ChangeStream } from "./stream/change_stream.ts";
import { HEARTBEAT, startHeartbeat } from "./stream/heartbeat.ts";
import { watchSlot } from "./stream/slot_watch.ts";
import { Reconnecting } from "./stream/reconnecting.ts";

/** The stream tells messages from this version on. */
const MESSAGES_VERSION = 140000;

const STANDBY_WAITS =
  "a standby makes the slot once its primary has told what runs: within " +
  "seconds where something is written, else after `SELECT " +
  "pg_log_standby_snapshot()` there";

/**
 * Transactions that run now: each holds a lock on its number, which everybody may
 * see. But for those whose session does nothing, as far as this user may see.
 */
const RUNNING = `
  SELECT l.transactionid::text::int8::float8 AS xid FROM pg_locks l
  WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
    AND NOT EXISTS (SELECT FROM pg_stat_activity a
      WHERE a.pid = l.pid AND a.state LIKE 'idle%')`;

/** See the module comment. */
export class PostgresInput implements Input {
  #stream: ChangeStream | undefined;

  private constructor(
    private readonly config: PostgresConfig,
    private readonly catalog: CatalogConnection,
    private readonly prepared: Prepared,
  ) {}

  /**
   * Connects, finds the tables, and makes or checks the publication.
   *
   * @throws {ConfigError} For what can't work as it is configured.
   */
  static async open(
    config: PostgresConfig,
    { signal }: OpenContext,
  ): Promise<PostgresInput> {
    const catalog = new CatalogConnection(connectionSettings(config));
    try {
      const client = await catalog.get(signal);
      const prepared = await prepare(client, config);
      return new PostgresInput(config, catalog, prepared);
    } catch (error) {
      catalog.close();
      throw error;
    }
  }

  async *read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    try {
      yield* this.#read(resume, context);
    } catch (error) {
      // What a stop interrupts is no failure.
      if (!context.signal.aborted) throw error;
    }
  }

  async *#read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const { slot: name, snapshot } = this.config;
    const remembered = SnapshotState.read(resume, name);
    if (snapshot === "only") {
      return yield* this.#readOnlyRows(remembered, context);
    }
    const client = await this.catalog.get(context.signal);
    const slot = await readSlot(client, name);
    refuseForeignSlot(slot, name, this.prepared.facts.database);
    const beginning = beginningOf(slot, remembered, name);
    switch (beginning.kind) {
      case "first":
        yield* this.#begin(undefined, context);
        break;
      case "go_on": {
        const state = remembered ?? this.#fresh(beginning.confirmed);
        yield* this.#goOn(state, beginning.confirmed, context);
        break;
      }
      case "gap": {
        const answer = gapAnswer(this.config);
        if (answer === "fail") failAtGap(beginning.why);
        context.log.warn(`${beginning.why}; changes may be missing`);
        if (beginning.hasSlot) await dropSlot(client, name);
        const kept = answer === "continue" ? remembered : undefined;
        yield* this.#begin(kept, context);
      }
    }
  }

  /** What was acknowledged last is still confirmed. */
  async close(): Promise<void> {
    await this.#stream?.close();
    this.catalog.close();
  }

  /**
   * Makes the slot, reads the rows in its snapshot, then its changes.
   *
   * @param kept After a gap that is passed over: the rows that were read before.
   */
  async *#begin(
    kept: SnapshotState | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    if (!this.config.create) {
      throw new FinalError(
        "postgres.slot_missing",
        `there is no slot "${this.config.slot}"`,
        { key: "slot", hint: "dstream init makes it" },
      );
    }
    const { slot, failover } = this.config;
    if (this.prepared.facts.isInRecovery) context.log.info(STANDBY_WAITS);
    const client = await this.#connect(context.signal, true);
    const created = await createSlot(client, slot, failover).catch((error) => {
      closeClient(client);
      throw error;
    });
    const state = new SnapshotState(
      slot,
      sortableLsn(created.start),
      kept?.entries,
    );
    if (kept !== undefined) yield this.#gap(created.start);
    const { snapshot } = created;
    const onTaken = () => closeClient(client);
    if (this.#wantsRows(state)) {
      yield* this.#readRows(state, snapshot, onTaken, context);
    } else onTaken();
    yield { state: state.toJson() };
    yield* this.#follow(state, created.start, context);
  }

  /** Reads the rows that are missing in the state of now, then changes. */
  async *#goOn(
    state: SnapshotState,
    confirmed: Lsn,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    if (this.#wantsRows(state)) yield* this.#readRest(state, context);
    yield { state: state.toJson() };
    yield* this.#follow(state, confirmed, context);
  }

  async *#readOnlyRows(
    remembered: SnapshotState | undefined,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const state = remembered ?? this.#fresh(await this.#currentLsn(context));
    yield* this.#readRest(state, context);
  }

  async *#readRest(
    state: SnapshotState,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const holder = await this.#connect(context.signal);
    await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const { rows: [{ name }] } = await holder.query(
      "SELECT pg_export_snapshot() AS name",
    );
    const onTaken = () => closeClient(holder);
    yield* this.#readRows(state, name, onTaken, context);
  }

  async *#readRows(
    state: SnapshotState,
    snapshot: string,
    onTaken: () => void,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const { tables, choice, filters } = this.prepared;
    yield* readSnapshot({
      tables,
      choice,
      filters,
      metadata: this.config.metadata ?? {},
      readerCount: this.config.snapshotReaders,
      connect: () => this.#connect(context.signal),
      snapshot,
      onTaken,
      state,
    }, context);
  }

  /** Changes, over as many connections as it takes. */
  async *#follow(
    state: SnapshotState,
    start: Lsn,
    context: InputContext,
  ): AsyncGenerator<InputBatch> {
    const { config, prepared, catalog } = this;
    if (context.signal.aborted) return;
    const until = config.follow ? undefined : await this.#currentLsn(context);
    const shapes = new ShapeBook(
      prepared.choice,
      config.metadata ?? {},
      (oid, typeOids) => catalog.details(oid, typeOids, context.signal),
      state.oids,
    );
    const stream = this.#stream = new ChangeStream(
      {
        slot: config.slot,
        publication: config.publication,
        hasMessages: config.heartbeat > 0 || config.messages !== undefined ||
          this.#hearsSignals,
        serverTimeoutMs: prepared.facts.walSenderTimeoutMs,
        choice: {
          truncate: config.truncate,
          isMessageWanted: prefixes(config.messages ?? []),
          isSignal: (prefix) =>
            config.signals && isReadSignal(prefix, config.slot),
        },
        replaced: new ReplacedTables(config, catalog, context.signal),
        now: () => context.now(),
      },
      shapes,
      start,
    );
    await this.#noteRunning(stream.recent, context);
    using _watch = watchSlot({
      slot: config.slot,
      catalog,
      lagSeconds: () => stream.lagSeconds,
    }, context);
    using _beat = startHeartbeat(config.heartbeat, catalog, context);
    await using rereads = this.#rereads(state, stream.recent, context);
    const connections = new Reconnecting(context);
    while (!context.signal.aborted) {
      try {
        const client = await this.#connect(context.signal, true);
        const batches = stream.read(client, rereads, context.signal, until);
        for await (const batch of batches) {
          connections.works();
          yield batch;
        }
        return;
      } catch (error) {
        if (context.signal.aborted) return;
        await connections.wait(error);
      }
    }
  }

  /**
   * A process before this one may have told of transactions that only the log shows
   * as yet: rows that are read again wait for all that run now.
   */
  async #noteRunning(
    recent: RecentTransactions,
    { signal }: InputContext,
  ): Promise<void> {
    if (!this.#hearsSignals) return;
    const { rows } = await this.catalog.ask(
      signal,
      (client) => client.query<{ xid: number }>(RUNNING),
    );
    recent.addRunning(rows.map(({ xid }) => xid));
  }

  get #hearsSignals(): boolean {
    return this.config.signals &&
      this.prepared.facts.version >= MESSAGES_VERSION;
  }

  #rereads(
    state: SnapshotState,
    recent: RecentTransactions,
    context: InputContext,
  ): Rereads {
    const { config, catalog, prepared: { tables, choice, filters } } = this;
    return new Rereads({
      tables,
      choice,
      filters,
      state,
      catalog,
      recent,
      metadata: config.metadata ?? {},
      connect: () => this.#connect(context.signal),
    }, context);
  }

  #wantsRows(state: SnapshotState): boolean {
    if (this.config.snapshot === "never") return false;
    return this.prepared.tables.some((table) =>
      state.get(shownName(table))?.isDone !== true
    );
  }

  #fresh(place: Lsn): SnapshotState {
    return new SnapshotState(this.config.slot, sortableLsn(place));
  }

  #gap(place: Lsn): InputBatch {
    const envelopes = this.prepared.tables.map((table) =>
      writeChange({
        table: shownName(table),
        operation: "gap",
        position: `${sortableLsn(place)}/0000000000`,
        source: "postgres",
        data: null,
      }, this.config.metadata)
    );
    return { envelopes };
  }

  async #currentLsn({ signal }: InputContext): Promise<Lsn> {
    const client = await this.catalog.get(signal);
    const { rows: [{ lsn }] } = await client.query(
      "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() " +
        "ELSE pg_current_wal_lsn() END::text AS lsn",
    );
    return parseLsn(lsn);
  }

  #connect(signal: AbortSignal, isReplication = false): Promise<Client> {
    const settings = connectionSettings(this.config);
    return openClient(settings, { isReplication, isPatient: true, signal });
  }
}

/** Whether one of them fits; a * at the end stands for anything but our own. */
function prefixes(wanted: readonly string[]): (prefix: string) => boolean {
  return (prefix) =>
    prefix !== HEARTBEAT && !`${prefix}.`.startsWith(`${READ_SIGNAL}.`) &&
    wanted.some((each) =>
      each.endsWith("*")
        ? prefix.startsWith(each.slice(0, -1))
        : prefix === each
    );
}
