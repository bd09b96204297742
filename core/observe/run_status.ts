/**
 * A run's status as it stands in its file: the sample, in JSON's words.
 *
 * `dstream ps --json` prints the same words, so they change only by addition.
 *
 * @module
 */

import { hasEnded, restartsOf, type RunSample } from "./sample.ts";

/** The file's shape; readers refuse a higher one. */
export const STATUS_VERSION = 1;

/** One run of the program. Times are ISO 8601, durations seconds. */
export interface RunStatus {
  readonly version: number;
  readonly pid: number;
  readonly dstream: string;
  readonly config: string;
  readonly started_at: string;
  readonly updated_at: string;
  readonly tasks: readonly TaskStatus[];
}

/** One of its tasks. */
export interface TaskStatus {
  readonly task: string;
  readonly run_id: string;
  readonly status: string;
  readonly started_at: string;
  readonly uptime_seconds: number;
  /** Of a plugin, which moves its data by itself: the counts mean nothing. */
  readonly uncounted?: boolean;
  readonly envelopes: number;
  readonly bytes: number;
  /** Taken out by transforms. */
  readonly filtered?: number;
  readonly delivered?: number;
  readonly acknowledged: number;
  readonly rejected: number;
  readonly dead_lettered: number;
  readonly in_flight: number;
  readonly window_bytes: number;
  readonly envelopes_per_second: number;
  readonly bytes_per_second: number;
  readonly seconds_since_last_ack: number;
  readonly restarts: number;
  /** Whether reading waits for the output. */
  readonly is_waiting: boolean;
  readonly lag?: number;
  readonly progress?: string;
  readonly providers: readonly {
    readonly side: string;
    readonly label?: string;
    readonly provider: string;
    readonly pid: number;
    readonly is_ready: boolean;
    readonly restarts: number;
  }[];
}

/** Writes a sample in these words. */
export function toRunStatus(run: RunSample): RunStatus {
  return {
    version: STATUS_VERSION,
    pid: run.pid,
    dstream: run.version,
    config: run.config,
    started_at: isoTime(run.startedAtMs),
    updated_at: isoTime(run.nowMs),
    tasks: run.tasks.map(toTaskStatus),
  };
}

function toTaskStatus(task: RunSample["tasks"][number]): TaskStatus {
  const { counters } = task;
  const isOver = hasEnded(task.state);
  return {
    task: task.task,
    run_id: task.runId,
    status: task.state,
    started_at: isoTime(task.startedAtMs),
    uptime_seconds: Math.round(task.durationMs / 1000),
    ...task.isUncounted === true && { uncounted: true },
    envelopes: counters.readEnvelopes,
    bytes: counters.readBytes,
    filtered: counters.filteredEnvelopes,
    delivered: counters.deliveredEnvelopes,
    acknowledged: counters.settledEnvelopes,
    rejected: counters.rejectedEnvelopes,
    dead_lettered: counters.deadLetteredEnvelopes ?? 0,
    in_flight: task.inFlight,
    window_bytes: counters.windowBytes,
    envelopes_per_second: isOver ? 0 : Math.round(task.envelopesPerSecond),
    bytes_per_second: isOver ? 0 : Math.round(task.bytesPerSecond),
    seconds_since_last_ack: Math.round(task.sinceAckMs / 1000),
    restarts: restartsOf(task),
    is_waiting: !isOver && counters.isWindowFull,
    lag: task.lag,
    progress: task.progress?.message,
    providers: task.providers.map((one) => ({
      side: one.side,
      label: one.label,
      provider: one.provider,
      pid: one.pid,
      is_ready: one.isReady,
      restarts: one.restarts,
    })),
  };
}

function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString();
}

/** Reads a status; `undefined` for what is none, or one of a later version. */
export function parseRunStatus(text: string): RunStatus | undefined {
  try {
    const status: RunStatus = JSON.parse(text);
    const isKnown = status.version === STATUS_VERSION &&
      Number.isSafeInteger(status.pid) && Array.isArray(status.tasks) &&
      !Number.isNaN(Date.parse(status.updated_at));
    return isKnown ? status : undefined;
  } catch {
    return undefined;
  }
}
