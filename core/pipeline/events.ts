/**
 * What happens to a task while it runs, for whoever shows it.
 *
 * @module
 */

import type { DstreamError } from "../base/errors.ts";
import type { Side } from "../config/task.ts";
import type { Progress } from "../protocol/control.ts";

/** Severity of a log line. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * One thing that happened. `provider` is the name a user knows it by, `label` its
 * block's, where a task has several on one side.
 */
export type PipelineEvent =
  | {
    readonly kind: "starting";
    readonly side: Side;
    readonly provider: string;
    readonly label?: string;
    readonly pid: number;
  }
  | {
    readonly kind: "ready";
    readonly side: Side;
    readonly provider: string;
    readonly label?: string;
    readonly version: 0 | 1 | 2;
    readonly features: readonly string[];
  }
  | {
    /** A stderr line of a provider, taken apart and scrubbed. */
    readonly kind: "provider_log";
    readonly side: Side;
    readonly provider: string;
    readonly label?: string;
    readonly level: LogLevel;
    readonly message: string;
    readonly fields: Readonly<Record<string, unknown>>;
  }
  | {
    /** The CLI's own remark: a warning, or detail at level debug. */
    readonly kind: "notice";
    readonly level: LogLevel;
    readonly code: `${string}.${string}`;
    readonly message: string;
    readonly hint?: string;
  }
  | {
    readonly kind: "progress";
    readonly provider: string;
    readonly label?: string;
    readonly progress: Progress;
  }
  | {
    readonly kind: "exited";
    readonly side: Side;
    readonly provider: string;
    readonly label?: string;
    readonly code: number;
    readonly signal?: string;
  }
  | {
    /** A provider has died and is started again after a pause. */
    readonly kind: "restarting";
    readonly side: Side;
    readonly provider: string;
    readonly label?: string;
    /** What happened, with the exit status or signal. */
    readonly message: string;
    readonly lastLines: readonly string[];
    /** From 1. */
    readonly attempt: number;
    readonly delayMs: number;
  }
  | { readonly kind: "stopping"; readonly reason: string };

/**
 * Plain numbers that the relay raises; whoever shows them samples them. At every
 * moment: read = filtered + delivered + dead-lettered + in flight.
 */
export interface Counters {
  /** Envelopes and bytes read from inputs. */
  readEnvelopes: number;
  readBytes: number;
  /** Handed to the output (the write was begun). */
  handedEnvelopes: number;
  handedBytes?: number;
  /** Taken out by transforms: no output gets them. */
  filteredEnvelopes: number;
  /** Acknowledged by every output, or written where there are no acknowledgements. */
  deliveredEnvelopes: number;
  /** Delivered or dead-lettered: taken care of. */
  settledEnvelopes: number;
  /** Refused by transforms or an output. */
  rejectedEnvelopes: number;
  /** Of the rejected ones: stored as dead letters. */
  deadLetteredEnvelopes: number;
  /** Sent again after a provider's death: as many may be there twice. */
  replayedEnvelopes: number;
  /** How often a provider was started again. */
  restarts: number;
  strayLines: number;
  /** The tables that there were schemas of. */
  readonly tables?: readonly string[];
  /** In files, because it did not fit into the windows. */
  readonly spoolBytes?: number;
  /** Sent to outputs that hold back, and not acknowledged. */
  readonly heldEnvelopes?: number;
  /** Held in the replay window. */
  windowBytes: number;
  /** Whether reading waits for the output right now. */
  isWindowFull: boolean;
  /** With several outputs: those whose windows are full, by name. */
  readonly waitingFor?: readonly string[];
  /** From the write of an envelope to its acknowledgement. */
  ackLatency?: LatencyHistogram;
}

/** Of a run in which nothing has happened. */
export const NO_COUNTERS: Readonly<Counters> = {
  readEnvelopes: 0,
  readBytes: 0,
  handedEnvelopes: 0,
  filteredEnvelopes: 0,
  deliveredEnvelopes: 0,
  settledEnvelopes: 0,
  rejectedEnvelopes: 0,
  deadLetteredEnvelopes: 0,
  replayedEnvelopes: 0,
  restarts: 0,
  strayLines: 0,
  windowBytes: 0,
  isWindowFull: false,
};

/** Envelopes that were read and are neither filtered, delivered nor dead-lettered. */
export function inFlight(counters: Readonly<Counters>): number {
  const { readEnvelopes, filteredEnvelopes, settledEnvelopes } = counters;
  return Math.max(0, readEnvelopes - filteredEnvelopes - settledEnvelopes);
}

/** How long something took, counted by upper bound. */
export interface LatencyHistogram {
  /** Ascending, in seconds; what is above the last one is only in `count`. */
  readonly boundsSeconds: readonly number[];
  /** For each bound, how many took longer than the bound before it. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sumSeconds: number;
}

/** How a run ended. */
export interface RunOutcome {
  readonly status: "completed" | "stopped" | "failed";
  /** Why it failed. */
  readonly error?: DstreamError;
  /** The signal that stopped it, such as "SIGINT". */
  readonly stoppedBy?: string;
  /** A plugin moves its data by itself: the counters say nothing. */
  readonly isUncounted?: true;
  readonly counters: Readonly<Counters>;
  readonly durationMs: number;
}
