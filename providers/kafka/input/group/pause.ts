/**
 * Waits that a signal ends.
 *
 * @module
 */

/** Resolves after `delayMs`, or at once on one of the signals. */
export function pause(
  delayMs: number,
  ...signals: readonly AbortSignal[]
): Promise<void> {
  if (signals.some(({ aborted }) => aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    for (const signal of signals) signal.addEventListener("abort", end);
  });
}
