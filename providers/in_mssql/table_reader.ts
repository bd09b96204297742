/**
 * One table from lock to changes, over and over, until the stop.
 *
 * It waits for the table's lock, takes its offset, and reads: a snapshot where one
 * is due, then changes from one capture instance and, when there is a second, from
 * that. What it reads goes to the queue with a callback that moves the offset once
 * the batch is delivered. An error is tried again with growing pauses, from the
 * place that was queued last; no other table waits for it.
 *
 * Decisions are table_plan.ts, one reading of changes is read_changes.ts, one of
 * the snapshot is read_snapshot.ts.
 *
 * @module
 */

import type { InputBatch, Logger } from "@dstream/sdk";
import { BatchSizer } from "./batch_sizer.ts";
import type { BatchQueue } from "./batch_queue.ts";
import type { SourceTable } from "./catalog.ts";
import type { CaptureWatch } from "./capture_watch.ts";
import type { MssqlConfig } from "./config.ts";
import { gapEvent, schemaEvent } from "./event_lines.ts";
import type { LiveCatalog } from "./live_catalog.ts";
import { compareLsn, decrementLsn, isZeroLsn } from "./lsn.ts";
import { ForeignOffsetError, type OffsetKeeper } from "./offset_keeper.ts";
import type { HeldOffset } from "./offset_keeper.ts";
import { pause } from "./pause.ts";
import { type PollPace, RetryPace } from "./poll_pace.ts";
import type { Polled, Poller } from "./poller.ts";
import { describePosition, isBeginning, type Position } from "./position.ts";
import { readChanges } from "./read_changes.ts";
import { readSnapshotChunk } from "./read_snapshot.ts";
import type { SessionPool } from "./session_pool.ts";
import {
  formatSnapshot,
  parseSnapshot,
  type SnapshotState,
} from "./snapshot_state.ts";
import { isTransient, SqlError } from "./sql_error.ts";
import {
  chooseInstance,
  decide,
  type InstanceChoice,
  isBeyond,
  planRead,
} from "./table_plan.ts";
import type { HeldLock, TableLocks } from "./table_lock.ts";
import type { TableProfile } from "./table_profile.ts";

/** What all tables share. */
export interface ReaderShared {
  readonly config: MssqlConfig;
  readonly log: Logger;
  /** Aborted when the run must end. */
  readonly stop: AbortSignal;
  readonly catalog: LiveCatalog;
  readonly poller: Poller;
  readonly sessions: SessionPool;
  readonly keeper: OffsetKeeper;
  readonly locks: TableLocks;
  readonly queue: BatchQueue;
  readonly watch: CaptureWatch;
  readonly isSnapshotIsolated: boolean;
  progress(message: string, done?: number, total?: number): void;
  random(): number;
}

/** Changes are gone and `on_gap` says to stop. */
export class GapError extends Error {
  override readonly name = "GapError";
}

/** Pauses of a table; shorter in tests. */
export interface ReaderTimes {
  /** Between two tries to get a lock that another has. */
  readonly lockRetryMs: number;
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** An idle table's offset is stored no more often. */
  readonly idleStoreMs: number;
}

/** As they are when nobody says otherwise. */
export const READER_TIMES: ReaderTimes = {
  lockRetryMs: 2000,
  firstRetryMs: 1000,
  maxRetryMs: 30_000,
  idleStoreMs: 30_000,
};

/** Where a table stands while its lock is held. */
interface Standing {
  readonly held: HeldOffset;
  /** Aborted on a stop, and when the lock or the offset is lost. */
  readonly signal: AbortSignal;
  position: Position;
  snapshot: SnapshotState | undefined;
  /** Whether the next look is at once. */
  isHurried: boolean;
  lastIdleStoreMs: number;
}

/** See the module's comment. */
export class TableReader {
  readonly #shared: ReaderShared;
  readonly #profile: TableProfile;
  readonly #times: ReaderTimes;
  readonly #pollPace: PollPace;
  readonly #sizer: BatchSizer;
  readonly #retry: RetryPace;
  #lock: HeldLock | undefined;
  #lastError = "";
  /** All that was captured is read, and nobody wants more. */
  #isDone = false;

  constructor(
    profile: TableProfile,
    shared: ReaderShared,
    times: ReaderTimes = READER_TIMES,
  ) {
    const { batch } = shared.config;
    this.#profile = profile;
    this.#shared = shared;
    this.#times = times;
    this.#pollPace = profile.pace;
    this.#sizer = new BatchSizer({
      minRows: batch.minRows,
      maxRows: batch.maxRows,
      maxBytes: batch.maxBytes,
      maxQueryMs: batch.maxQueryTime,
    });
    this.#retry = new RetryPace(
      times.firstRetryMs,
      times.maxRetryMs,
      shared.random,
    );
  }

  /**
   * Reads until the stop, or to the end of what is captured.
   *
   * @throws {GapError} when changes are gone and the config says to stop.
   */
  async run(): Promise<void> {
    const { stop } = this.#shared;
    while (!stop.aborted && !this.#isDone) {
      try {
        await this.#readWhileHeld();
      } catch (error) {
        if (stop.aborted) return;
        if (error instanceof GapError) throw error;
        await this.#recover(error, stop);
      } finally {
        const isOver = stop.aborted || this.#isDone;
        if (!isOver) await this.#releaseLock();
      }
    }
  }

  /** Gives the lock back, after the last offset is stored. */
  async close(): Promise<void> {
    await this.#releaseLock();
  }

  async #releaseLock(): Promise<void> {
    const lock = this.#lock;
    this.#lock = undefined;
    await lock?.release();
  }

  async #readWhileHeld(): Promise<void> {
    const { keeper, stop, log } = this.#shared;
    const { key, displayName } = this.#profile;
    this.#lock = await this.#waitForLock();
    if (this.#lock === undefined) return;
    const fenced = new AbortController();
    const signal = AbortSignal.any([stop, this.#lock.lost, fenced.signal]);
    const lose = () => fenced.abort(new Error("another reader took the table"));
    const held = await keeper.take(key, lose, signal);
    const { position, snapshot } = held.stored;
    log.info(`monitoring ${displayName} from ${describePosition(position)}`);
    await this.#readOn({
      ...{ held, signal, position, snapshot: parseSnapshot(snapshot) },
      ...{ isHurried: true, lastIdleStoreMs: performance.now() },
    });
    if (!stop.aborted && !this.#isDone) {
      log.warn(`stopped reading ${displayName}: ${reasonOf(signal)}`);
    }
  }

  /** An error here doesn't cost the lock. */
  async #readOn(standing: Standing): Promise<void> {
    const { signal } = standing;
    while (!signal.aborted && !this.#isDone) {
      try {
        await this.#step(standing);
        this.#retry.succeeded();
        this.#lastError = "";
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof GapError) throw error;
        standing.isHurried = true;
        await this.#recover(error, signal);
      }
    }
  }

  async #waitForLock(): Promise<HeldLock | undefined> {
    const { locks, stop, log } = this.#shared;
    const { lockName, displayName } = this.#profile;
    let isSaid = false;
    while (!stop.aborted) {
      const lock = await locks.tryAcquire(lockName, stop);
      if (lock !== undefined) return lock;
      if (!isSaid) log.info(`waiting for the lock of ${displayName}`);
      isSaid = true;
      const { lockRetryMs } = this.#times;
      await pause(lockRetryMs * (0.5 + this.#shared.random()), stop);
    }
  }

  /** One look at the table, and all that is found. */
  async #step(standing: Standing): Promise<void> {
    if (standing.snapshot !== undefined) {
      return await this.#continueSnapshot(standing, standing.snapshot);
    }
    const table = this.#table();
    const choice = this.#choose(table, standing.position);
    const polled = await this.#poll(choice, standing);
    if (await this.#shared.catalog.follow(polled.catalogMark)) {
      standing.isHurried = true;
      return;
    }
    // An instance that was just made may begin above all that is captured.
    const newest = maxOf(polled.maxLsn, decrementLsn(polled.minLsn));
    const seen = { ...polled, maxLsn: newest };
    if (await this.#begin(table, seen, standing)) {
      await this.#readAll(table, choice, seen, standing);
    }
  }

  #table(): SourceTable {
    const table = this.#shared.catalog.find(this.#profile.name);
    if (table !== undefined) return table;
    throw new SqlError(
      `the table ${this.#profile.displayName} is not there any more`,
      "missing",
      undefined,
    );
  }

  #choose(table: SourceTable, position: Position): InstanceChoice {
    const choice = chooseInstance(table.instances, position);
    if (choice !== undefined) return choice;
    throw new SqlError(
      `${this.#profile.displayName} is not enabled for change data capture ` +
        "any more",
      "missing",
      undefined,
    );
  }

  async #poll(choice: InstanceChoice, standing: Standing): Promise<Polled> {
    const { name: captureInstance, changeTable } = choice.instance;
    const { position, isHurried, signal } = standing;
    const delayMs = isHurried ? 0 : this.#pollPace.delayMs;
    standing.isHurried = false;
    const polled = await this.#shared.poller.wait(
      { captureInstance, changeTable, afterLsn: position.lsn },
      delayMs,
      signal,
    );
    this.#shared.watch.observe(polled);
    if (isZeroLsn(polled.minLsn)) throw noMinimum(captureInstance);
    return polled;
  }

  /** @returns Whether there are changes to read now. */
  async #begin(
    table: SourceTable,
    { minLsn, maxLsn }: Polled,
    standing: Standing,
  ): Promise<boolean> {
    const { config, log } = this.#shared;
    const { position } = standing;
    const situation = { position, minLsn, maxLsn };
    const beginning = decide(situation, config);
    switch (beginning.kind) {
      case "read":
        if (beginning.position !== position) {
          await this.#moveTo(standing, beginning.position);
        }
        this.#checkBeyond(position, maxLsn);
        return true;
      case "snapshot":
        this.#sayGap(position, minLsn, beginning.reason === "gap");
        log.info(`snapshot of ${this.#profile.displayName} begins`);
        standing.snapshot = { lsn: maxLsn, key: undefined, rows: 0 };
        return false;
      case "gap":
        throw new GapError(this.#gapText(position, minLsn));
      case "skip": {
        this.#sayGap(position, minLsn, true);
        const { constants } = this.#profile;
        const event = gapEvent(table, position.lsn, minLsn, constants);
        await this.#put(standing, event, beginning.position);
        return true;
      }
    }
  }

  async #readAll(
    table: SourceTable,
    choice: InstanceChoice,
    { maxLsn, hasChanges }: Polled,
    standing: Standing,
  ): Promise<void> {
    const isWithin = standing.position.kind !== "after";
    if (!hasChanges && !isWithin) {
      const plan = planRead(standing.position, choice, maxLsn);
      if (plan?.endsInstance) {
        return await this.#switch(table, choice, standing);
      }
      await this.#idle(standing, maxLsn);
      this.#isDone = !this.#shared.config.follow;
      return;
    }
    for (;;) {
      const plan = planRead(standing.position, choice, maxLsn);
      if (plan === undefined) break;
      const isDone = await this.#readOnce(choice, plan.untilLsn, standing);
      if (isDone === undefined) return;
      if (!isDone) {
        // Who has much to read doesn't rest when it is read.
        standing.isHurried = true;
        continue;
      }
      if (plan.endsInstance) {
        return await this.#switch(table, choice, standing);
      }
      break;
    }
    this.#pollPace.changed();
    this.#isDone = !this.#shared.config.follow;
  }

  /** @returns Whether all is read; nothing when the minimum has passed us. */
  async #readOnce(
    choice: InstanceChoice,
    untilLsn: Uint8Array,
    standing: Standing,
  ): Promise<boolean | undefined> {
    const { instance, lastLsn } = choice;
    const { position, signal } = standing;
    const read = await readChanges(
      this.#shared.sessions,
      this.#profile.changesOf(instance),
      { from: position, untilLsn, maxRows: this.#sizer.rows },
      signal,
    );
    this.#sizer.observe(read.size);
    if (read.isPassed) {
      // The next look decides, with the minimum of then.
      standing.isHurried = true;
      return undefined;
    }
    const isUpToNext = lastLsn !== undefined &&
      compareLsn(lastLsn, untilLsn) === 0;
    // The end of an instance is stored with the schema that comes behind it.
    const next: Position = read.isFull || isUpToNext
      ? read.last ?? position
      : { kind: "after", lsn: untilLsn };
    if (read.lineCount > 0) await this.#put(standing, read, next);
    else standing.position = next;
    return !read.isFull;
  }

  async #switch(
    table: SourceTable,
    { lastLsn, next }: InstanceChoice,
    standing: Standing,
  ): Promise<void> {
    const { log } = this.#shared;
    log.info(
      `${this.#profile.displayName} goes on with its capture instance ` +
        next!.name,
    );
    const event = schemaEvent(table, next!, this.#profile.constants);
    await this.#put(standing, event, { kind: "after", lsn: lastLsn! });
    standing.isHurried = true;
  }

  /** Nothing came: the offset follows, so that cleanup makes no gap of it. */
  async #idle(standing: Standing, maxLsn: Uint8Array): Promise<void> {
    this.#pollPace.idle();
    if (compareLsn(maxLsn, standing.position.lsn) <= 0) return;
    standing.position = { kind: "after", lsn: maxLsn };
    const nowMs = performance.now();
    if (nowMs - standing.lastIdleStoreMs < this.#times.idleStoreMs) return;
    await this.#moveTo(standing, standing.position);
  }

  async #moveTo(standing: Standing, position: Position): Promise<void> {
    standing.lastIdleStoreMs = performance.now();
    await this.#put(standing, {}, position);
  }

  /** Queues a batch; when it is delivered, the offset is at `position`. */
  async #put(
    standing: Standing,
    batch: Pick<InputBatch, "lines" | "lineCount">,
    position: Position,
    snapshot?: SnapshotState,
  ): Promise<void> {
    const { held, signal } = standing;
    const stored = snapshot === undefined ? null : formatSnapshot(snapshot);
    const delivered = () => held.delivered(position, stored);
    const { lines, lineCount } = batch;
    const content = lines === undefined ? {} : { lines, lineCount };
    await this.#shared.queue.put({ ...content, delivered }, signal);
    standing.position = position;
    standing.snapshot = snapshot;
  }

  async #continueSnapshot(
    standing: Standing,
    state: SnapshotState,
  ): Promise<void> {
    const { sessions, progress, log } = this.#shared;
    const table = this.#table();
    const shape = this.#profile.snapshotOf(
      table,
      this.#shared.isSnapshotIsolated,
    );
    const maxRows = this.#sizer.rows;
    const { signal } = standing;
    const chunk = await readSnapshotChunk(sessions, shape, state, {
      ...{ maxRows, signal },
      writer: this.#profile.newWriter(),
    });
    this.#sizer.observe(chunk.size);
    const rows = state.rows + chunk.rowCount;
    const { displayName } = this.#profile;
    progress(`snapshot ${displayName}`, rows);
    if (chunk.isLast) {
      log.info(`snapshot of ${displayName} ends with ${rows} rows`);
      await this.#put(standing, chunk, { kind: "after", lsn: state.lsn });
      standing.isHurried = true;
    } else {
      const next = { lsn: state.lsn, key: chunk.lastKey, rows };
      await this.#put(standing, chunk, standing.position, next);
    }
  }

  #checkBeyond(position: Position, newestLsn: Uint8Array): void {
    if (this.#shared.config.readOnly || isBeginning(position)) return;
    if (!isBeyond(position, newestLsn)) return;
    throw new SqlError(
      `the offset of ${this.#profile.displayName}, ` +
        `${describePosition(position)}, is above all that the database has: ` +
        "it was restored, or failed over with a loss; when the changes since " +
        "are dealt with, delete the table's row in " +
        this.#shared.config.offsetsTable,
      "refused",
      undefined,
    );
  }

  #sayGap(position: Position, minLsn: Uint8Array, isGap: boolean): void {
    if (!isGap) return;
    this.#shared.log.error(this.#gapText(position, minLsn));
  }

  #gapText(position: Position, minLsn: Uint8Array): string {
    const from = describePosition(position);
    const to = describePosition({ kind: "after", lsn: minLsn });
    return `changes of ${this.#profile.displayName} between ${from} and ${to} ` +
      "were cleaned up before they were read (docs/sqlserver.md: gaps)";
  }

  /** Says what is wrong, once at each pause, and waits. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { catalog, log, stop } = this.#shared;
    const text = error instanceof Error ? error.message : String(error);
    const isNew = text !== this.#lastError;
    this.#lastError = text;
    const delayMs = this.#retry.failed();
    const seconds = (delayMs / 1000).toFixed(1);
    const line = `${this.#profile.displayName}: ${text}; next try in ` +
      `${seconds} s`;
    if (isTransient(error) && isNew) log.warn(line);
    else log.error(line);
    if (error instanceof ForeignOffsetError) {
      return await pause(this.#times.maxRetryMs, signal);
    }
    await pause(delayMs, signal);
    const isStale = error instanceof SqlError && error.kind === "missing";
    if (isStale && !stop.aborted) await catalog.refresh().catch(() => {});
  }
}

function maxOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareLsn(a, b) >= 0 ? a : b;
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}

function noMinimum(captureInstance: string): SqlError {
  return new SqlError(
    `the minimum LSN of the capture instance ${captureInstance} is zero: this ` +
      "login may not select all captured columns or is not in the instance's " +
      "role, or the capture job has not run since the instance was made",
    "permission",
    undefined,
  );
}
