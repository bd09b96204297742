/**
 * What the readers of all tables share, and how long they wait.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { BatchQueue } from "./batch_queue.ts";
import type { CaptureWatch } from "../tables/capture_watch.ts";
import type { MssqlConfig } from "../config.ts";
import type { LiveCatalog } from "../tables/live_catalog.ts";
import type { OffsetKeeper } from "../offsets/offset_keeper.ts";
import type { Poller } from "./poller.ts";
import type { SessionPool } from "../connection/session_pool.ts";
import type { TableLocks } from "../locks/table_lock.ts";

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
