/**
 * When a lock is to be renewed.
 *
 * @module
 */

const LEAST_MS = 200;
/** Locks last 5 minutes at most; a clock that is wrong must not say more. */
const MOST_MS = 150_000;

/**
 * Half of what is left, in milliseconds from now.
 *
 * @example
 * ```ts
 * import { renewDelayMs } from "./renew_delay.ts";
 *
 * if (renewDelayMs(new Date(60_000), 0) !== 30_000) throw new Error();
 * ```
 */
export function renewDelayMs(until: Date | undefined, nowMs: number): number {
  const leftMs = until === undefined ? 0 : until.getTime() - nowMs;
  return Math.min(MOST_MS, Math.max(LEAST_MS, leftMs / 2));
}
