/**
 * Notices an output that takes no envelope to its end any more.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";

/** How long without progress counts as stuck. */
export const STUCK_AFTER_MS = 60_000;

/** What is watched. */
export interface StuckWatch {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether the run waits for acknowledgements at this moment. */
  readonly isWaiting: () => boolean;
  readonly settled: () => number;
  /** Told again and again while it lasts. */
  readonly onStuck: (forMs: number) => void;
}

/** Looks every minute, until the signal. Never rejects. */
export async function watchForStuckOutput(watch: StuckWatch): Promise<void> {
  let settled = watch.settled();
  let stuckMs = 0;
  for (;;) {
    try {
      await watch.clock.sleep(STUCK_AFTER_MS, watch.signal);
    } catch {
      return;
    }
    const isStuck = watch.isWaiting() && watch.settled() === settled;
    stuckMs = isStuck ? stuckMs + STUCK_AFTER_MS : 0;
    settled = watch.settled();
    if (isStuck) watch.onStuck(stuckMs);
  }
}
