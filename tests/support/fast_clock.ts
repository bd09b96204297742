/**
 * Real time that passes faster for those who wait: half a minute is a second and a
 * half.
 *
 * @module
 */

import { systemClock } from "../../core/ports/deno.ts";
import type { Clock } from "../../core/ports/mod.ts";

/** How much shorter waits are. */
const FACTOR = 20;

/** Sleeps are written down as asked for. */
export class FastClock implements Clock {
  readonly slept: number[] = [];

  monotonicMs(): number {
    return performance.now() * FACTOR;
  }

  wallMs(): number {
    return Date.now();
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    this.slept.push(delayMs);
    return systemClock.sleep(delayMs / FACTOR, signal);
  }
}
