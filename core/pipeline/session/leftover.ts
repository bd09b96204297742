/**
 * Reading the pipe of a process that may be gone while others hold the pipe open.
 *
 * What lies in the pipe comes at once, however slow the reader is; only when a
 * dead process's pipe stays silent is it taken as ended.
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { TIMED_OUT, within } from "../wait.ts";

/** How long a dead provider's pipes, held open by others, are waited for. */
export const LEFTOVER_MS = 1000;

const SILENCE_MS = 250;

/** Guards the reads of one pipe. One read at a time. */
export class LeftoverGuard implements Disposable {
  readonly #clock: Clock;
  readonly #disposed = new AbortController();
  #isGone = false;
  #noticeGone: () => void = () => {};

  constructor(exit: Promise<unknown>, clock: Clock) {
    this.#clock = clock;
    void this.#watch(exit);
  }

  /** @returns `undefined` when nothing comes from a dead process's pipe. */
  async read<T>(next: Promise<T>): Promise<T | undefined> {
    if (this.#isGone) return await this.#unlessSilent(next);
    // Not Promise.race: a promise that lives as long as the run would collect one
    // reaction for every chunk.
    const first = await new Promise<T | typeof TIMED_OUT>((resolve, reject) => {
      this.#noticeGone = () => resolve(TIMED_OUT);
      next.then(resolve, reject);
    });
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
    this.#noticeGone();
  }

  async #unlessSilent<T>(next: Promise<T>): Promise<T | undefined> {
    next.catch(() => {});
    const outcome = await within(next, SILENCE_MS, this.#clock);
    if (outcome !== TIMED_OUT) return outcome;
    // A busy machine may fire the timer first: what has arrived wins all the same.
    const again = await within(next, 0, this.#clock);
    return again === TIMED_OUT ? undefined : again;
  }
}
