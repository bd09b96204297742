/**
 * Real time that passes faster for those who wait.
 *
 * Pauses are twenty times shorter. What guards against silence is only a little
 * shorter, unless a test is about it: on a busy machine an answer takes its time.
 *
 * @module
 */

import { systemClock } from "../../core/ports/deno.ts";
import type { Clock } from "../../core/ports/mod.ts";

/** How much shorter waits are. */
const FACTOR = 20;
/** Waits from here on are guards. */
const GUARD_MS = 20_000;
const GUARD_FACTOR = 2;

/** Sleeps are written down as asked for. */
export class FastClock implements Clock {
  readonly slept: number[] = [];

  /** @param isImpatient Guards are as much shorter as pauses. */
  constructor(readonly isImpatient = false) {}

  monotonicMs(): number {
    return performance.now() * FACTOR;
  }

  wallMs(): number {
    return Date.now();
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(delayMs);
    const isGuard = delayMs >= GUARD_MS && !this.isImpatient;
    const factor = isGuard ? GUARD_FACTOR : FACTOR;
    return systemClock.sleep(delayMs / factor, signal);
  }
}
