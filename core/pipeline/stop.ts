/**
 * Stopping in order: ask, then SIGTERM, then SIGKILL, each after the grace.
 *
 * @module
 */

import type { Clock } from "../ports/mod.ts";
import type { ProviderProcess } from "./session/process.ts";

/** Makes processes end that were asked to stop. Disposing it calls that off. */
export class StopTimeline implements Disposable {
  readonly #over = new AbortController();
  /** Whether a process was made to end, so that its status says nothing. */
  hasForced = false;

  /** @param processes Those that run at the moment of asking. */
  constructor(
    readonly graceMs: number,
    readonly clock: Clock,
    readonly processes: () => readonly ProviderProcess[],
  ) {}

  /** Starts the countdown. */
  async begin(): Promise<void> {
    try {
      await this.clock.sleep(this.graceMs, this.#over.signal);
      this.#force((process) => process.terminate());
      await this.clock.sleep(this.graceMs, this.#over.signal);
      this.killNow();
    } catch {
      // Everything ended in time.
    }
  }

  /** Ends everything at once. */
  killNow(): void {
    this.#force((process) => process.kill());
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #force(end: (process: ProviderProcess) => void): void {
    const running = this.processes().filter((p) => p.status === undefined);
    if (running.length > 0) this.hasForced = true;
    running.forEach(end);
  }
}
