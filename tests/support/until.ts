/**
 * Waiting for a condition, never for a time.
 *
 * @module
 */

/**
 * Looks every few milliseconds.
 *
 * @param why Told when it was in vain.
 */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  why: () => string,
  limitMs = 120_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!await isTrue()) {
    if (performance.now() > endMs) throw new Error(`in vain: ${why()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
