/**
 * Turns signals, `--timeout` and a closed stdout into one wish to stop.
 *
 * The first asks politely. A second one kills, but only when it comes later
 * than a second after the first: an impatient double Ctrl+C, or a shell that
 * sends the signal to a whole group, must not lose data.
 *
 * @module
 */

import type { StopRequest } from "../../core/pipeline/run.ts";
import type { Clock } from "../../core/ports/mod.ts";

const IMPATIENCE_MS = 1000;

/** Stands where a signal's name would when a time limit stopped the run. */
export const TIMEOUT = "timeout";

/** The same when another task failed, and the first failure ends all. */
export const FAIL_FAST = "fail-fast";

/** The same when a program that embeds dstream asked for it. */
export const ABORTED = "abort";

type Listener = (request: StopRequest) => void;

/** One per run of the program; every running task listens to it. */
export class StopSwitch {
  readonly #listeners = new Set<Listener>();
  #first: { readonly signal: string; readonly atMs: number } | undefined;

  constructor(readonly clock: Pick<Clock, "monotonicMs">) {}

  /** Tasks hand this to the pipeline. A late listener hears of it too. */
  readonly onStop = (listener: Listener): () => void => {
    this.#listeners.add(listener);
    const first = this.#first;
    if (first !== undefined) {
      queueMicrotask(() => {
        if (!this.#listeners.has(listener)) return;
        listener({ signal: first.signal, isUrgent: false });
      });
    }
    return () => this.#listeners.delete(listener);
  };

  /** Whether anything has asked to stop. */
  get isStopping(): boolean {
    return this.#first !== undefined;
  }

  /** Asks politely if nothing has asked yet: never a second, urgent request. */
  requestOnce(reason: string): void {
    if (this.#first === undefined) this.request(reason);
  }

  /** @param signal Its name, or "timeout". */
  request(signal: string): void {
    const nowMs = this.clock.monotonicMs();
    const isFirst = this.#first === undefined;
    this.#first ??= { signal, atMs: nowMs };
    const isUrgent = nowMs - this.#first.atMs > IMPATIENCE_MS;
    if (!isFirst && !isUrgent) return;
    for (const listener of [...this.#listeners]) listener({ signal, isUrgent });
  }
}

/** Asks to stop when the time is over; returns how to call that off. */
export function startTimeout(
  timeoutMs: number | undefined,
  stop: StopSwitch,
  clock: Pick<Clock, "sleep">,
): () => void {
  if (timeoutMs === undefined) return () => {};
  const isOver = new AbortController();
  clock.sleep(timeoutMs, isOver.signal).then(
    () => stop.request(TIMEOUT),
    () => {},
  );
  return () => isOver.abort();
}
