/**
 * Notices that the capture job stands still.
 *
 * A running one notes a transaction every five minutes even when nothing happens,
 * so a newest one that is older means that nothing is captured.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { isZeroLsn } from "../offsets/lsn.ts";

/** What a poll knows of it. */
export interface CaptureAge {
  readonly maxLsn: Uint8Array;
  readonly ageSeconds: number | undefined;
}

/** Twice the five minutes. */
const STALE_SECONDS = 600;
const REMINDER_MS = 600_000;

/** @returns What is wrong, in words; nothing when all is well. */
export function captureProblem(
  { maxLsn, ageSeconds }: CaptureAge,
): string | undefined {
  if (isZeroLsn(maxLsn)) {
    return "nothing was ever captured in this database: the capture job has " +
      "not run";
  }
  if (ageSeconds === undefined || ageSeconds < STALE_SECONDS) return undefined;
  const minutes = Math.floor(ageSeconds / 60);
  return `the newest captured transaction is ${minutes} minutes old: the ` +
    "capture job seems to stand still";
}

/** Says when nothing was captured for too long, with what the jobs say. */
export class CaptureWatch {
  readonly #log: Logger;
  readonly #describeJobs: () => Promise<string>;
  #lastSaidMs = -Infinity;

  /** @param describeJobs What the jobs query says; empty where it can't. */
  constructor(log: Logger, describeJobs: () => Promise<string>) {
    this.#log = log;
    this.#describeJobs = describeJobs;
  }

  /** Warns at once, and again every ten minutes. */
  observe(age: CaptureAge, nowMs = performance.now()): void {
    const problem = captureProblem(age);
    if (problem === undefined) {
      if (this.#lastSaidMs !== -Infinity) this.#log.info("capture goes on");
      this.#lastSaidMs = -Infinity;
      return;
    }
    if (nowMs - this.#lastSaidMs < REMINDER_MS) return;
    this.#lastSaidMs = nowMs;
    this.#warn(problem);
  }

  async #warn(problem: string): Promise<void> {
    const jobs = await this.#describeJobs().catch(() => "");
    const more = jobs === "" ? "" : ` (${jobs})`;
    this.#log.warn(
      `${problem}${more}; see EXEC sys.sp_cdc_help_jobs, and start it with ` +
        "EXEC sys.sp_cdc_start_job @job_type = N'capture'",
    );
  }
}
