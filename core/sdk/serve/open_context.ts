/**
 * What `open` gets, the same for both roles.
 *
 * @module
 */

import type { OpenContext } from "../input.ts";
import type { Serving } from "./mod.ts";
import { sleepUntil } from "./sleep.ts";

/** @param signal Aborted when the process must end. */
export function openContext(
  { host, log, start, agreement }: Serving,
  signal: AbortSignal,
): OpenContext {
  return {
    signal,
    log,
    sleep: (delayMs) => sleepUntil(host, delayMs, signal),
    now: () => host.wallMs(),
    monotonicMs: () => host.monotonicMs(),
    features: agreement.features,
    taskName: start.task?.name,
  };
}
