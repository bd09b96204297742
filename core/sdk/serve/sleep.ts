/**
 * A pause that a signal cuts short without an error.
 *
 * @module
 */

import type { Host } from "./host.ts";

/** Resolves after `delayMs`, or as soon as `signal` is aborted. */
export function sleepUntil(
  host: Host,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      cancel();
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const cancel = host.after(delayMs, wake);
    signal.addEventListener("abort", wake);
  });
}
