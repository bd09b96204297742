/**
 * Reading the pipe of a process that may be gone while others hold the pipe open.
 *
 * What lies in the pipe comes at once, however slow the reader is; only when a
 * dead process's pipe stays silent is it taken as ended. A machine that is busy with
 * hundreds of processes may be late to bring what has arrived: that is no silence.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { TIMED_OUT, within } from "../wait.ts";

/** How long a dead provider's pipes, held open by others, are waited for. */
export const LEFTOVER_MS = 1000;

const SILENCE_MS = 250;
/** A timer that fires so much later says that the machine was busy, not the pipe silent. */
const LATE_MS = 100;
const MAX_LATE_LOOKS = 40;
/**
 * What lay in the pipe at the exit needs no waiting. Whoever is waited for so long in
 * all writes it now, and is not the provider.
 */
const MAX_WAIT_MS = 10_000;

/** Guards the reads of one pipe. One read at a time. */
export class LeftoverGuard implements Disposable {
  readonly #clock: Clock;
  readonly #disposed = new AbortController();
  #isGone = false;
  /** Spent waiting since it is gone. */
  #waitedMs = 0;
  #noticeGone: (outcome: typeof TIMED_OUT) => void = () => {};

  constructor(exit: Promise<unknown>, clock: Clock) {
    this.#clock = clock;
    void this.#watch(exit);
  }

  /** @returns `undefined` when nothing comes from a dead process's pipe. */
  async read<T>(next: Promise<T>): Promise<T | undefined> {
    if (this.#isGone) return await this.#unlessSilent(next);
    // Not Promise.race: a promise that lives as long as the run would collect one
    // reaction for every chunk. No closure either: through it the collector takes
    // each chunk for one that lives on, and soon looks through all of the memory.
    const read = Promise.withResolvers<T | typeof TIMED_OUT>();
    this.#noticeGone = read.resolve;
    next.then(read.resolve, read.reject);
    const first = await read.promise;
    return first === TIMED_OUT ? await this.#unlessSilent(next) : first;
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
  }

  async #watch(exit: Promise<unknown>): Promise<void> {
    await exit;
    try {
      await this.#clock.sleep(LEFTOVER_MS - SILENCE_MS, this.#disposed.signal);
    } catch {
      return;
    }
    this.#isGone = true;
    this.#noticeGone(TIMED_OUT);
  }

  async #unlessSilent<T>(next: Promise<T>): Promise<T | undefined> {
    next.catch(() => {});
    for (let looks = 0; looks < MAX_LATE_LOOKS; looks++) {
      if (this.#waitedMs > MAX_WAIT_MS) return undefined;
      const look = await this.#look(next);
      if ("value" in look) return look.value;
      if (look.lateMs < LATE_MS) break;
    }
    // The timer may have fired first: what has arrived wins all the same.
    const again = await within(next, 0, this.#clock);
    return again === TIMED_OUT ? undefined : again;
  }

  async #look<T>(
    next: Promise<T>,
  ): Promise<{ readonly value: T } | { readonly lateMs: number }> {
    const sinceMs = this.#clock.monotonicMs();
    const outcome = await within(next, SILENCE_MS, this.#clock);
    const tookMs = this.#clock.monotonicMs() - sinceMs;
    const lateMs = tookMs - SILENCE_MS;
    // Only what others write is waited for on a machine that is not busy.
    if (lateMs < LATE_MS) this.#waitedMs += tookMs;
    return outcome === TIMED_OUT ? { lateMs } : { value: outcome };
  }
}
