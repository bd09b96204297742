/**
 * What can be seen of a running program at one moment, as plain values.
 *
 * probe.ts takes samples; metrics, health, status file and report are four ways
 * to write one down.
 *
 * @module
 */

import type { Side } from "../config/task.ts";
import type { DstreamError } from "../base/errors.ts";
import type { Counters } from "../pipeline/events.ts";
import type { Progress } from "../protocol/control.ts";

/** Where a task stands. */
export type TaskState =
  /** A provider has not said `ready` for the first time. */
  | "starting"
  | "running"
  /** A provider has died and its successor is not ready. */
  | "restarting"
  /** Stopped by a signal; what was read is being delivered. */
  | "stopping"
  | "completed"
  | "stopped"
  | "failed";

/** Whether a task in this state has come to its end. */
export function hasEnded(state: TaskState): boolean {
  return state === "completed" || state === "stopped" || state === "failed";
}

/** How a provider's process ended. */
export interface Exit {
  readonly code: number;
  readonly signal?: string;
}

/** One provider of a task: the block, whichever process stands for it. */
export interface ProviderSample {
  readonly side: Side;
  readonly label?: string;
  readonly provider: string;
  /** Of the newest process. */
  readonly pid: number;
  readonly isAlive: boolean;
  readonly isReady: boolean;
  readonly protocol?: 0 | 1 | 2;
  /** How often a new process took a dead one's place. */
  readonly restarts: number;
  /** The last ones; a provider that dies often has more. */
  readonly exits: readonly Exit[];
}

/** A number that an input tells of its source. */
export interface GaugeSample {
  readonly provider: string;
  readonly label: string | undefined;
  /** With its unit: `retained_bytes`. */
  readonly name: string;
  readonly value: number;
}

/** One task. Durations are milliseconds, times wall clock. */
export interface TaskSample {
  readonly task: string;
  readonly runId: string;
  readonly state: TaskState;
  /** A plugin moves its data by itself: nobody counts. */
  readonly isUncounted?: boolean;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly counters: Readonly<Counters>;
  /** Read and neither filtered, delivered nor dead-lettered. */
  readonly inFlight: number;
  readonly envelopesPerSecond: number;
  readonly bytesPerSecond: number;
  /** Since its start, while there was none. Known to a second. */
  readonly sinceAckMs: number;
  /** How long something has been in flight without any acknowledgement. */
  readonly waitingMs: number;
  /** The newest of any input. */
  readonly progress?: Progress;
  /** What inputs have yet to read, in their own unit, when they say so. */
  readonly lag?: number;
  /** What inputs tell of their sources. */
  readonly gauges?: readonly GaugeSample[];
  readonly providers: readonly ProviderSample[];
  readonly error?: DstreamError;
  readonly stoppedBy?: string;
}

/** One running program with all its tasks. */
export interface RunSample {
  readonly pid: number;
  readonly version: string;
  /** The configuration's file, or folder when there are several; absolute. */
  readonly config: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  /** Measured, not the difference of the two: the wall's clock may be set. */
  readonly durationMs: number;
  readonly tasks: readonly TaskSample[];
}

/** Restarts of all providers. */
export function restartsOf({ providers }: TaskSample): number {
  return providers.reduce((sum, { restarts }) => sum + restarts, 0);
}
