/**
 * One table from lock to changes, over and over, until the stop.
 *
 * It waits for the table's lock, takes its offset, and looks at the table until the
 * lock or the offset is lost (table_turn.ts). An error is tried again with growing
 * pauses; no other table waits for it.
 *
 * @module
 */

import { BatchSizer } from "./batch_sizer.ts";
import { ForeignOffsetError } from "../offsets/offset_keeper.ts";
import { pause } from "./pause.ts";
import { RetryPace } from "./poll_pace.ts";
import { describePosition } from "../offsets/position.ts";
import {
  GapError,
  READER_TIMES,
  type ReaderShared,
  type ReaderTimes,
} from "./reader_shared.ts";
import { isTransient, SqlError } from "../connection/sql_error.ts";
import type { HeldLock } from "../locks/table_lock.ts";
import type { TableProfile } from "../tables/table_profile.ts";
import { TableTurn } from "./table_turn.ts";

/** Reads one table until the stop; throws what trying again can't mend. */
export class TableReader {
  readonly #shared: ReaderShared;
  readonly #profile: TableProfile;
  readonly #times: ReaderTimes;
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
    const { batch, batchSize } = shared.config;
    const maxRows = batchSize ?? batch.maxRows;
    this.#profile = profile;
    this.#shared = shared;
    this.#times = times;
    this.#sizer = new BatchSizer({
      minRows: Math.min(batch.minRows, maxRows),
      maxRows,
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
   * @throws {ForeignOffsetError} when another task reads the table.
   */
  async run(): Promise<void> {
    const { stop } = this.#shared;
    while (!stop.aborted && !this.#isDone) {
      try {
        await this.#readWhileHeld();
      } catch (error) {
        if (stop.aborted) return;
        // Another may try while this one waits.
        await this.#releaseLock();
        if (endsTable(error)) throw error;
        await this.#recover(error, stop);
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
    const { position } = held.stored;
    log.info(`monitoring ${displayName} from ${describePosition(position)}`);
    const { idleStoreMs } = this.#times;
    const turn = new TableTurn({
      profile: this.#profile,
      shared: this.#shared,
      sizer: this.#sizer,
      held,
      signal,
      idleStoreMs,
    });
    await this.#readOn(turn, signal);
    this.#isDone = turn.isDone;
    if (stop.aborted || this.#isDone) return;
    log.warn(`stopped reading ${displayName}: ${reasonOf(signal)}`);
    await this.#releaseLock();
    // Without locks two readers would take it from each other without end.
    if (fenced.signal.aborted) await pause(this.#times.maxRetryMs, stop);
  }

  /** An error here doesn't cost the lock. */
  async #readOn(turn: TableTurn, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !turn.isDone) {
      try {
        await turn.step();
        this.#retry.succeeded();
        this.#lastError = "";
      } catch (error) {
        if (signal.aborted) return;
        if (endsTable(error)) throw error;
        turn.hurry();
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
    await pause(delayMs, signal);
    const isStale = error instanceof SqlError && error.kind === "missing";
    if (isStale && !stop.aborted) await catalog.refresh().catch(() => {});
  }
}

/** What no waiting mends. */
function endsTable(error: unknown): boolean {
  return error instanceof GapError || error instanceof ForeignOffsetError;
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}
