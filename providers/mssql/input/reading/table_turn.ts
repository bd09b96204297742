/**
 * The time in which one table is ours: from its offset on, look after look.
 *
 * A look asks what is new, decides, and reads all that is found: a chunk of a
 * snapshot, changes of one capture instance, or the change-over to the next. What is
 * read goes to the queue with a callback that moves the offset once the batch is
 * delivered. A look that fails leaves the place where it was queued last.
 *
 * Decisions are table_plan.ts, one reading of changes is read_changes.ts, one of
 * the snapshot is read_snapshot.ts.
 *
 * @module
 */

import type { InputBatch } from "@dstream/sdk";
import type { BatchSizer } from "./batch_sizer.ts";
import type { SourceTable } from "../tables/catalog.ts";
import {
  compareLsn,
  decrementLsn,
  isZeroLsn,
  ZERO_LSN,
} from "../offsets/lsn.ts";
import type { HeldOffset } from "../offsets/offset_keeper.ts";
import type { PollPace } from "./poll_pace.ts";
import type { Polled } from "./poller.ts";
import {
  describePosition,
  isBeginning,
  type Position,
} from "../offsets/position.ts";
import { readChanges } from "./read_changes.ts";
import { readSnapshotChunk } from "./read_snapshot.ts";
import { GapError, type ReaderShared } from "./reader_shared.ts";
import {
  formatSnapshot,
  parseSnapshot,
  type SnapshotState,
} from "../offsets/snapshot_state.ts";
import { SqlError } from "../connection/sql_error.ts";
import { rowCount } from "../statements/mod.ts";
import {
  chooseInstance,
  decide,
  type InstanceChoice,
  isBeyond,
  nextRetyping,
  planRead,
} from "../tables/table_plan.ts";
import type { TableProfile } from "../tables/table_profile.ts";

/** What a turn is given. */
export interface TurnOptions {
  readonly profile: TableProfile;
  readonly shared: ReaderShared;
  readonly held: HeldOffset;
  readonly sizer: BatchSizer;
  /** Aborted on a stop, and when the lock or the offset is lost. */
  readonly signal: AbortSignal;
  /** An idle table's offset is stored no more often. */
  readonly idleStoreMs: number;
}

/** What of a batch differs. */
interface BatchContent extends Pick<InputBatch, "lines" | "lineCount"> {
  readonly schema?: InputBatch["schema"] | undefined;
}

/** Reads a table for as long as its lock and its offset are ours. */
export class TableTurn {
  readonly #profile: TableProfile;
  readonly #shared: ReaderShared;
  readonly #held: HeldOffset;
  readonly #sizer: BatchSizer;
  readonly #signal: AbortSignal;
  readonly #idleStoreMs: number;
  readonly #pollPace: PollPace;
  #position: Position;
  #snapshot: SnapshotState | undefined;
  #isHurried = true;
  #isDone = false;
  /** So that a table without changes is stored at its first look. */
  #lastIdleStoreMs = -Infinity;
  /** What the queue was given last, and the offset will be. */
  #queued: Position;
  /** The last change of types that was told. */
  #toldLsn: Uint8Array = ZERO_LSN;
  #rowTotal: Promise<number | undefined> | undefined;

  constructor(options: TurnOptions) {
    const { position, snapshot } = options.held.stored;
    this.#profile = options.profile;
    this.#shared = options.shared;
    this.#held = options.held;
    this.#sizer = options.sizer;
    this.#signal = options.signal;
    this.#idleStoreMs = options.idleStoreMs;
    this.#pollPace = options.profile.pace;
    this.#position = position;
    this.#queued = position;
    this.#snapshot = parseSnapshot(snapshot);
  }

  /** All that was captured is read, and nobody wants more. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The next look is at once. */
  hurry(): void {
    this.#isHurried = true;
  }

  /**
   * One look at the table, and all that is found.
   *
   * @throws {GapError} when changes are gone and the config says to stop.
   */
  async step(): Promise<void> {
    if (this.#snapshot !== undefined) {
      return await this.#continueSnapshot(this.#snapshot);
    }
    const table = this.#table();
    const choice = this.#choose(table, this.#position);
    const polled = await this.#poll(choice);
    if (await this.#shared.catalog.follow(polled.catalogMark)) {
      this.#isHurried = true;
      return;
    }
    // An instance that was just made may begin above all that is captured.
    const newest = maxOf(polled.maxLsn, decrementLsn(polled.minLsn));
    const seen = { ...polled, maxLsn: newest };
    if (await this.#begin(table, choice, seen)) {
      await this.#readOn(table, choice, seen);
    }
  }

  /** Reads to where a column's type changes, or to the newest. */
  async #readOn(
    table: SourceTable,
    choice: InstanceChoice,
    polled: Polled,
  ): Promise<void> {
    const { instance } = choice;
    // Elsewhere a schema comes with the rows.
    const retypedLsn = this.#profile.hasUpstreamForm
      ? nextRetyping(instance, this.#position, this.#toldLsn)
      : undefined;
    if (retypedLsn === undefined || compareLsn(retypedLsn, polled.maxLsn) > 0) {
      if (await this.#readAll(table, choice, polled)) await this.#finish();
      return;
    }
    // The change's own transaction may hold rows too, so it is still to be read.
    const maxLsn = decrementLsn(retypedLsn);
    if (!await this.#readAll(table, choice, { ...polled, maxLsn })) return;
    const event = this.#profile.schemaEvent(table, instance, retypedLsn);
    await this.#put(event, { kind: "after", lsn: maxLsn });
    this.#toldLsn = retypedLsn;
    this.#isHurried = true;
  }

  /** A run that is to end stores its last place, also of a table without changes. */
  async #finish(): Promise<void> {
    if (this.#shared.config.follow) return;
    if (this.#position !== this.#queued) await this.#moveTo(this.#position);
    this.#isDone = true;
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

  async #poll(choice: InstanceChoice): Promise<Polled> {
    const { name: captureInstance, changeTable } = choice.instance;
    const delayMs = this.#isHurried ? 0 : this.#pollPace.delayMs;
    this.#isHurried = false;
    const polled = await this.#shared.poller.wait(
      { captureInstance, changeTable, afterLsn: this.#position.lsn },
      delayMs,
      this.#signal,
    );
    this.#shared.watch.observe(polled);
    if (isZeroLsn(polled.minLsn)) throw noMinimum(captureInstance);
    return polled;
  }

  /** @returns Whether there are changes to read now. */
  async #begin(
    table: SourceTable,
    { instance }: InstanceChoice,
    { minLsn, maxLsn }: Polled,
  ): Promise<boolean> {
    const { config, log } = this.#shared;
    const position = this.#position;
    const situation = { position, minLsn, maxLsn };
    const beginning = decide(situation, config);
    switch (beginning.kind) {
      case "read":
        if (beginning.position !== position) {
          await this.#moveTo(beginning.position);
        }
        this.#checkBeyond(position, maxLsn);
        return true;
      case "snapshot":
        this.#sayGap(position, minLsn, beginning.reason === "gap");
        log.info(`snapshot of ${this.#profile.displayName} begins`);
        this.#snapshot = { lsn: maxLsn, key: undefined, rows: 0 };
        return false;
      case "gap":
        throw new GapError(this.#gapText(position, minLsn));
      case "skip": {
        this.#sayGap(position, minLsn, true);
        const event = this.#profile.gap(table, position.lsn, minLsn);
        const { schema } = this.#profile.changesOf(instance);
        await this.#put({ ...event, schema }, beginning.position);
        return true;
      }
    }
  }

  /** @returns Whether all up to `maxLsn` is read, and the instance not left. */
  async #readAll(
    table: SourceTable,
    choice: InstanceChoice,
    { maxLsn, hasChanges }: Polled,
  ): Promise<boolean> {
    const isWithin = this.#position.kind !== "after";
    if (!hasChanges && !isWithin) {
      const plan = planRead(this.#position, choice, maxLsn);
      if (plan?.endsInstance) {
        await this.#switch(table, choice);
        return false;
      }
      await this.#idle(maxLsn);
      return true;
    }
    for (;;) {
      const plan = planRead(this.#position, choice, maxLsn);
      if (plan === undefined) break;
      const isDone = await this.#readOnce(choice, plan.untilLsn);
      if (isDone === undefined) return false;
      if (!isDone) {
        // Who has much to read doesn't rest when it is read.
        this.#isHurried = true;
        continue;
      }
      if (plan.endsInstance) {
        await this.#switch(table, choice);
        return false;
      }
      break;
    }
    this.#pollPace.changed();
    return true;
  }

  /** @returns Whether all is read; nothing when the minimum has passed us. */
  async #readOnce(
    choice: InstanceChoice,
    untilLsn: Uint8Array,
  ): Promise<boolean | undefined> {
    const { instance, lastLsn } = choice;
    const position = this.#position;
    const reading = this.#profile.changesOf(instance);
    const read = await readChanges(
      this.#shared.sessions,
      reading,
      { from: position, untilLsn, maxRows: this.#sizer.rows },
      this.#signal,
    );
    this.#sizer.observe(read.size);
    if (read.isPassed) {
      // The next look decides, with the minimum of then.
      this.#isHurried = true;
      return undefined;
    }
    const isUpToNext = lastLsn !== undefined &&
      compareLsn(lastLsn, untilLsn) === 0;
    // The end of an instance is stored with the schema that comes behind it.
    const next: Position = read.isFull || isUpToNext
      ? read.last ?? position
      : { kind: "after", lsn: untilLsn };
    const { lines, lineCount } = read;
    const { schema } = reading;
    if (lineCount > 0) await this.#put({ lines, lineCount, schema }, next);
    else this.#position = next;
    return !read.isFull;
  }

  async #switch(
    table: SourceTable,
    { lastLsn, next }: InstanceChoice,
  ): Promise<void> {
    const { log } = this.#shared;
    log.info(
      `${this.#profile.displayName} goes on with its capture instance ` +
        next!.name,
    );
    const beginLsn = next!.startLsn ?? ZERO_LSN;
    const event = this.#profile.hasUpstreamForm
      ? this.#profile.schemaEvent(table, next!, beginLsn)
      : { schema: this.#profile.changesOf(next!).schema };
    await this.#put(event, { kind: "after", lsn: lastLsn! });
    this.#isHurried = true;
  }

  /** Nothing came: the offset follows, so that cleanup makes no gap of it. */
  async #idle(maxLsn: Uint8Array): Promise<void> {
    this.#pollPace.idle();
    if (compareLsn(maxLsn, this.#position.lsn) <= 0) return;
    this.#position = { kind: "after", lsn: maxLsn };
    const nowMs = performance.now();
    if (nowMs - this.#lastIdleStoreMs < this.#idleStoreMs) return;
    await this.#moveTo(this.#position);
  }

  async #moveTo(position: Position): Promise<void> {
    this.#lastIdleStoreMs = performance.now();
    await this.#put({}, position);
  }

  /** Queues a batch; when it is delivered, the offset is at `position`. */
  async #put(
    batch: BatchContent,
    position: Position,
    snapshot?: SnapshotState,
  ): Promise<void> {
    const held = this.#held;
    const stored = snapshot === undefined ? null : formatSnapshot(snapshot);
    const delivered = () => held.delivered(position, stored);
    const { lines, lineCount, schema } = batch;
    const content = {
      ...(schema === undefined ? {} : { schema }),
      ...(lines === undefined ? {} : { lines, lineCount }),
    };
    await this.#shared.queue.put({ ...content, delivered }, this.#signal);
    this.#position = position;
    this.#queued = position;
    this.#snapshot = snapshot;
  }

  async #continueSnapshot(
    state: SnapshotState,
  ): Promise<void> {
    const { sessions, progress, log } = this.#shared;
    const table = this.#table();
    const reading = this.#profile.snapshotOf(
      table,
      this.#shared.isSnapshotIsolated,
    );
    const maxRows = this.#sizer.rows;
    const chunk = await readSnapshotChunk(sessions, reading, state, {
      maxRows,
      signal: this.#signal,
    });
    if (chunk.modifiedAt !== table.modifiedAt) {
      // Values may be cut to an older length: once more, with the columns of now.
      await this.#shared.catalog.refresh();
      return;
    }
    this.#sizer.observe(chunk.size);
    const rows = state.rows + chunk.rowCount;
    const { lines, lineCount } = chunk;
    const content = lineCount === 0
      ? {}
      : { lines, lineCount, schema: reading.schema };
    const { displayName } = this.#profile;
    progress(`snapshot ${displayName}`, rows, await this.#total(table));
    if (chunk.isLast) {
      log.info(`snapshot of ${displayName} ends with ${rows} rows`);
      await this.#put(content, { kind: "after", lsn: state.lsn });
      this.#isHurried = true;
    } else {
      const next = { lsn: state.lsn, key: chunk.lastKey, rows };
      await this.#put(content, this.#position, next);
    }
  }

  /** About how many rows there are; nothing where it can't be known. */
  #total({ objectId }: SourceTable): Promise<number | undefined> {
    const ask = async () => {
      const [[row]] = await this.#shared.sessions.use(
        this.#signal,
        (session) => session.run(rowCount(objectId), { signal: this.#signal }),
      );
      return row.row_count === null ? undefined : Number(row.row_count);
    };
    return this.#rowTotal ??= ask().catch(() => undefined);
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
}

function maxOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareLsn(a, b) >= 0 ? a : b;
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
