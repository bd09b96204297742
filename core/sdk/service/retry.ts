/**
 * Tries again what may work later, for a bounded time.
 *
 * @module
 */

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
  /** Whether it is worth it. */
  isTransient(error: unknown): boolean;
  /** The first pause after this error, where the service asks for a longer one. */
  firstDelayMs?(error: unknown): number | undefined;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 20_000;
const JITTER = 0.2;

/**
 * Runs `attempt` until it resolves. Pauses double, from 100 ms or from what
 * the service asks for, and are never longer than 20 s.
 *
 * @throws The last error, when it isn't transient or the time is up.
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  deps: RetryDeps,
  random: () => number = Math.random,
): Promise<T> {
  const startMs = deps.now();
  for (let failures = 0;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = pauseMs(deps.firstDelayMs?.(error), failures, random);
      const isLate = deps.now() - startMs + delayMs > deps.timeoutMs;
      if (deps.signal.aborted || isLate || !deps.isTransient(error)) {
        throw error;
      }
      deps.onRetry?.(error, failures + 1, delayMs);
      await deps.sleep(delayMs);
      if (deps.signal.aborted) throw error;
    }
  }
}

function pauseMs(
  firstMs = FIRST_DELAY_MS,
  failures: number,
  random: () => number,
): number {
  const delayMs = Math.min(firstMs * 2 ** failures, MAX_DELAY_MS);
  return Math.round(delayMs * (1 + JITTER * (2 * random() - 1)));
}
