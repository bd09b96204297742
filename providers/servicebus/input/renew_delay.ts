/**
 * When a lock is to be renewed, and when it has run out.
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

/**
 * When a lock that is had now runs out, on the clock of `monotonicMs`.
 *
 * A lock that seems to be over as it comes tells of a clock that is wrong: then
 * nobody knows, and only the service can say that it is lost.
 *
 * @param nowMs Of the wall clock, as `until` is.
 *
 * @example
 * ```ts
 * import { lockEndMs } from "./renew_delay.ts";
 *
 * if (lockEndMs(new Date(60_000), 0, 500) !== 60_500) throw new Error();
 * if (lockEndMs(new Date(0), 60_000, 500) !== Infinity) throw new Error();
 * ```
 */
export function lockEndMs(
  until: Date | undefined,
  nowMs: number,
  monotonicMs: number,
): number {
  const leftMs = until === undefined ? 0 : until.getTime() - nowMs;
  return leftMs <= 0 ? Infinity : monotonicMs + leftMs;
}
