/**
 * When a connection broke: whether and when to try another.
 *
 * @module
 */

import { DstreamError, FinalError, type InputContext } from "@dstream/sdk";

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 15_000;
/** About a minute; then the CLI starts the process anew, by its own policy. */
const MAX_ATTEMPTS = 9;

const PASSING: ReadonlySet<string> = new Set([
  "postgres.connection_lost",
  "postgres.unreachable",
  // The server has not noticed yet that the last reader is gone.
  "postgres.slot_in_use",
]);

/** One per stream. */
export class Reconnecting {
  #failures = 0;

  constructor(private readonly context: InputContext) {}

  /** The connection delivers. */
  works(): void {
    this.#failures = 0;
  }

  /** @throws What happened, when another try can't help or there were enough. */
  async wait(error: unknown): Promise<void> {
    const isPassing = error instanceof DstreamError &&
      !(error instanceof FinalError) && PASSING.has(error.code);
    if (!isPassing || ++this.#failures >= MAX_ATTEMPTS) throw error;
    const delayMs = Math.min(
      FIRST_DELAY_MS * 2 ** (this.#failures - 1),
      MAX_DELAY_MS,
    );
    this.context.log.warn(`${error.message}; trying again`, { delayMs });
    await this.context.sleep(delayMs);
  }
}
