/**
 * Waits, but not for ever: some clients never finish closing once the service they
 * were connected to is gone (Azure's do not).
 *
 * @module
 */

/** Returns when the work is done, has failed, or has taken too long. */
export async function within(
  limitMs: number,
  work: Promise<unknown>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((resolve) => timer = setTimeout(resolve, limitMs));
  await Promise.race([work.catch(() => {}), late])
    .finally(() => clearTimeout(timer));
}
