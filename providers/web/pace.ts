/**
 * Keeps requests below a limit, rather than running into it.
 *
 * @module
 */

import { spentForMs } from "./retry_after.ts";
import type { WebDeps } from "./clock.ts";

/** When the next request may go. */
export class Pace {
  readonly #intervalMs: number;
  readonly #deps: WebDeps;
  readonly #longestMs: number;
  #nextMs = 0;

  /** @param perSecond No limit of our own when left out. */
  constructor(
    perSecond: number | undefined,
    longestMs: number,
    deps: WebDeps,
  ) {
    this.#intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
    this.#longestMs = longestMs;
    this.#deps = deps;
  }

  /** Resolves when a request may go. */
  async turn(): Promise<void> {
    const nowMs = this.#deps.monotonicMs();
    const dueMs = Math.max(this.#nextMs, nowMs);
    this.#nextMs = dueMs + this.#intervalMs;
    if (dueMs > nowMs) await this.#deps.sleep(dueMs - nowMs);
  }

  /** Takes in what an answer says of the limit. */
  note(headers: Headers): void {
    const spentMs = spentForMs(headers, this.#deps.now());
    if (spentMs === undefined) return;
    const waitMs = Math.min(spentMs, this.#longestMs);
    this.#nextMs = Math.max(
      this.#nextMs,
      this.#deps.monotonicMs() + waitMs,
    );
  }
}
