/**
 * Heartbeats while a member is busy: with what is on its way, or with offsets that an
 * open transaction keeps back. Without them the group would go on without it.
 *
 * @module
 */

import { pause } from "./pause.ts";

/** @param beat One heartbeat; what fails is seen by the next one after the work. */
export async function beatingWhile(
  work: Promise<void>,
  beat: () => Promise<unknown>,
  intervalMs: number,
): Promise<void> {
  const done = new AbortController();
  const beats = (async () => {
    while (!done.signal.aborted) {
      await pause(intervalMs, done.signal);
      if (!done.signal.aborted) await beat().catch(() => {});
    }
  })();
  await work.finally(() => done.abort());
  await beats;
}
