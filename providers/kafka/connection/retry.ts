/**
 * How both sides try again what a cluster could not do just now.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import type { RetryDeps } from "@dstream/sdk/service";
import { isTransient, reasonOf } from "./failure.ts";

/** Less than the CLI waits for `ready`. */
export const OPEN_TIMEOUT_MS = 20_000;

/** What is around whoever tries. */
export interface RetrySurroundings {
  readonly signal: AbortSignal;
  readonly log: Logger;
  sleep(delayMs: number): Promise<void>;
  monotonicMs(): number;
}

/** Until the time is up, or the signal says so. */
export function retryOf(
  { signal, sleep, monotonicMs, log }: RetrySurroundings,
  timeoutMs = OPEN_TIMEOUT_MS,
): RetryDeps {
  return {
    timeoutMs,
    signal,
    sleep,
    now: monotonicMs,
    isTransient,
    onRetry: (error, attempt, delay_ms) =>
      log.debug(`${reasonOf(error)}; trying again`, { attempt, delay_ms }),
  };
}

/** What opening meets before there is a cluster. */
export function isUnreachable(error: unknown): boolean {
  return (error as { code?: string }).code === "kafka.unreachable";
}
