/**
 * Tries again what Azure's services may do later, for a bounded time.
 *
 * @module
 */

import {
  type RetryDeps as AnyRetryDeps,
  withRetries as tryAgain,
} from "@dstream/sdk/service";
import { failureCode, isTransient } from "./failure.ts";

/** What surrounds the attempts; {@link isTransient} decides when it is left out. */
export type RetryDeps =
  & Omit<AnyRetryDeps, "isTransient" | "firstDelayMs">
  & Partial<Pick<AnyRetryDeps, "isTransient">>;

/** What the service asks of a client that was throttled. */
const BUSY_DELAY_MS = 2000;

/** @throws The last error, when it isn't transient or the time is up. */
export function withRetries<T>(
  attempt: () => Promise<T>,
  deps: RetryDeps,
  random: () => number = Math.random,
): Promise<T> {
  return tryAgain(attempt, { isTransient, ...deps, firstDelayMs }, random);
}

function firstDelayMs(error: unknown): number | undefined {
  const isBusy = /^(ServiceBusy|ServerBusyError)$/.test(failureCode(error));
  return isBusy ? BUSY_DELAY_MS : undefined;
}
