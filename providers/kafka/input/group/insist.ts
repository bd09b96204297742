/**
 * Goes on being a member, whatever the cluster is doing.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { isTransient, reasonOf } from "../../connection/failure.ts";
import { pause } from "./pause.ts";

const FIRST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 5000;

/**
 * One turn after another until the signal; after one that failed a pause, which
 * doubles until a turn says that it is in the group.
 *
 * @throws What no waiting mends.
 */
export async function insist(
  turn: (isIn: () => void) => Promise<void>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await turn(() => failures = 0);
    } catch (error) {
      if (!isTransient(error)) throw error;
      const delayMs = Math.min(FIRST_PAUSE_MS * 2 ** failures++, MOST_PAUSE_MS);
      log.warn(`cannot be in the group: ${reasonOf(error)}`, {
        delay_ms: delayMs,
      });
      await pause(delayMs, signal);
    }
  }
}
