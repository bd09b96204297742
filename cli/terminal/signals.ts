/**
 * Ctrl+C and the like, for what can be broken off and for what must end in order.
 *
 * @module
 */

import { StopSwitch } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { Interrupted } from "./interrupted.ts";

/** Aborted by the first signal, with {@link Interrupted} as its reason. */
export function interruptSignal({ deps: { signals } }: Context) {
  const stop = new AbortController();
  const unsubscribe = signals.subscribe((signal) =>
    stop.abort(new Interrupted(signal))
  );
  return { signal: stop.signal, [Symbol.dispose]: unsubscribe };
}

/** Signals ask politely, then urgently. */
export function stopOnSignals({ deps: { signals, clock } }: Context) {
  const stop = new StopSwitch(clock);
  const unsubscribe = signals.subscribe((signal) => stop.request(signal));
  return { stop, [Symbol.dispose]: unsubscribe };
}
