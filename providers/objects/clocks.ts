/**
 * Clocks for commands, which the kit gives none.
 *
 * @module
 */

import type { Logger, OpenContext } from "@dstream/sdk";

type Clocks = Pick<OpenContext, "now" | "monotonicMs" | "sleep">;

/** A context that has at least this machine's clocks. */
export function withClocks<T extends Partial<Clocks> & { log: Logger }>(
  context: T,
): Clocks & { log: Logger } {
  return { ...CLOCKS, ...context };
}

const CLOCKS: Clocks = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};
