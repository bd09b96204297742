/**
 * Tries again what may work later, for a bounded time.
 *
 * @module
 */

import { failureCode, isTransient } from "./failure.ts";

/** What surrounds the attempts. */
export interface RetryDeps {
  /** How long all attempts together may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Resolves after `delayMs`, or at once on `signal`. */
  sleep(delayMs: number): Promise<void>;
  now(): number;
  /** Told before each pause. */
  onRetry?(error: unknown, attempt: number, delayMs: number): void;
  /** Whether it is worth it; {@link isTransient} when left out. */
  isTransient?(error: unknown): boolean;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 20_000;
/** What the service asks of a client that was throttled. */
const BUSY_DELAY_MS = 2000;
const JITTER = 0.2;

/**
 * Runs `attempt` until it resolves. Pauses double; after "server busy" the first
 * is the one the service asks for.
 *
 * @throws The last error, when it isn't transient or the time is up.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  deps: RetryDeps,
  random: () => number = Math.random,
): Promise<T> {
  const startMs = deps.now();
  const isWorthIt = deps.isTransient ?? isTransient;
  for (let failures = 0;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = pauseMs(error, failures, random);
      const isLate = deps.now() - startMs + delayMs > deps.timeoutMs;
      if (deps.signal.aborted || isLate || !isWorthIt(error)) throw error;
      deps.onRetry?.(error, failures + 1, delayMs);
      await deps.sleep(delayMs);
      if (deps.signal.aborted) throw error;
    }
  }
}

function pauseMs(
  error: unknown,
  failures: number,
  random: () => number,
): number {
  const isBusy = /^(ServiceBusy|ServerBusyError)$/.test(failureCode(error));
  const firstMs = isBusy ? BUSY_DELAY_MS : FIRST_DELAY_MS;
  const delayMs = Math.min(firstMs * 2 ** failures, MAX_DELAY_MS);
  return Math.round(delayMs * (1 + JITTER * (2 * random() - 1)));
}
