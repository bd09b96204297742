/**
 * Ends an output that takes no envelope to its end any more: `ack_timeout`.
 *
 * Killed it has crashed, and the rules for restarts say what follows.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";

/** What is watched. */
export interface AckTimeoutWatch {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * Tells one wait from another: differs after any progress and for another
   * process. `undefined` while nothing is waited for.
   */
  readonly awaited: () => string | undefined;
  readonly onTimeout: () => void;
}

/** A wait is noticed at most this part of the limit too late. */
const LOOKS_PER_TIMEOUT = 8;

/** Looks again and again, until the signal. Never rejects. */
export async function enforceAckTimeout(watch: AckTimeoutWatch): Promise<void> {
  const { clock, signal, timeoutMs } = watch;
  let awaited: string | undefined;
  let sinceMs = 0;
  for (;;) {
    const nowMs = clock.monotonicMs();
    const current = watch.awaited();
    if (current === undefined || current !== awaited) sinceMs = nowMs;
    awaited = current;
    if (current !== undefined && nowMs - sinceMs >= timeoutMs) {
      watch.onTimeout();
      sinceMs = nowMs;
    }
    try {
      await clock.sleep(Math.ceil(timeoutMs / LOOKS_PER_TIMEOUT), signal);
    } catch {
      return;
    }
  }
}
