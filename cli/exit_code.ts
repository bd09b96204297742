/**
 * How a run, or an error, ends the process.
 *
 * @module
 */

import { DstreamError } from "../core/base/errors.ts";
import { inFlight, type RunOutcome } from "../core/pipeline/events.ts";
import { FAIL_FAST, TIMEOUT } from "../core/project/mod.ts";

/** The exit statuses that have a name; a signal's is 128 and its number. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** `dead-letter replay`: what could be sent is sent, and letters are left. */
  lettersLeft: 3,
} as const;

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGPIPE: 13,
  SIGTERM: 15,
  SIGBREAK: 21,
};

/** What a shell would report for a process that a signal ended. */
export function exitCodeOfSignal(signal: string): number {
  const number = SIGNAL_NUMBERS[signal];
  return number === undefined ? ExitCode.failed : 128 + number;
}

/** Wrong usage or configuration is 2; everything else that failed is 1. */
export function exitCodeOfError(error: unknown): number {
  const isUsage = error instanceof DstreamError && error.isUsage;
  return isUsage ? ExitCode.usage : ExitCode.failed;
}

/**
 * A run's exit status. One that `--timeout` or `--fail-fast` stopped did what it
 * was told: it is a success when everything it read is settled.
 */
export function exitCodeOfOutcome(outcome: RunOutcome): number {
  switch (outcome.status) {
    case "completed":
      return ExitCode.ok;
    case "failed":
      return exitCodeOfError(outcome.error);
    case "stopped":
      if (outcome.stoppedBy === TIMEOUT || outcome.stoppedBy === FAIL_FAST) {
        return inFlight(outcome.counters) === 0 ? ExitCode.ok : ExitCode.failed;
      }
      return exitCodeOfSignal(outcome.stoppedBy ?? "SIGINT");
  }
}

/** The worst of several: a failure outweighs a signal, a signal success. */
export function worstExitCode(codes: Iterable<number>): number {
  const rank = (code: number) =>
    code === ExitCode.failed ? 3 : code === ExitCode.usage ? 2 : code ? 1 : 0;
  let worst: number = ExitCode.ok;
  for (const code of codes) if (rank(code) > rank(worst)) worst = code;
  return worst;
}
