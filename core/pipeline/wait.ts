/**
 * Waiting with an end: a limit in time, a signal, or both.
 *
 * @module
 */

import type { Clock } from "../ports/mod.ts";

/** What {@link within} resolves to when the time was up first. */
export const TIMED_OUT: unique symbol = Symbol("timed out");

/**
 * Waits for `promise`, `limitMs` at most.
 *
 * @throws The signal's reason when that fires first; whatever `promise` throws.
 */
export async function within<T>(
  promise: Promise<T>,
  limitMs: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<T | typeof TIMED_OUT> {
  signal?.throwIfAborted();
  const done = new AbortController();
  const timer = AbortSignal.any(signal ? [done.signal, signal] : [done.signal]);
  const limit = clock.sleep(limitMs, timer).then(
    (): typeof TIMED_OUT => TIMED_OUT,
    (): typeof TIMED_OUT => {
      if (signal?.aborted) throw signal.reason;
      return TIMED_OUT;
    },
  );
  limit.catch(() => {});
  try {
    return await Promise.race<T | typeof TIMED_OUT>([promise, limit]);
  } finally {
    done.abort();
  }
}

/** Rejects with the signal's reason as soon as it fires. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
