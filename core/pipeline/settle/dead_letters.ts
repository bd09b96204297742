/**
 * Where refused envelopes go: any version 2 output provider.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import type { Clock } from "../../ports/mod.ts";
import { formatDeadLetter } from "./dead_letter_line.ts";
import type { OutputLane } from "../lanes/output_lane.ts";
import type { RejectedLine } from "./rejections.ts";

/** Who sends dead letters, for their envelopes. */
export interface DeadLettersOptions {
  readonly lane: OutputLane;
  /** As users know it. */
  readonly provider: string;
  readonly task: string;
  readonly runId: string;
  readonly clock: Clock;
  /** Fires when the run is over. */
  readonly over: AbortSignal;
}

/** The dead-letter provider of a task. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** One at a time, in order. */
  #last: Promise<void> = Promise.resolve();
  /** How many were stored. */
  stored = 0;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** @throws {DstreamError} `delivery.dead_letter_version` */
  async open(): Promise<void> {
    const { lane, provider } = this.#options;
    await lane.open();
    if (lane.agreement?.version === 2) return;
    throw new DstreamError(
      "delivery.dead_letter_version",
      `dead-letter provider "${provider}" does not acknowledge, so nothing ` +
        "could be known to be stored",
      { hint: "use an output provider of protocol version 2, such as file" },
    );
  }

  /** Resolves when the dead letter is acknowledged. */
  store(rejected: RejectedLine, output: string): Promise<void> {
    const stored = this.#last.then(() => this.#store(rejected, output));
    this.#last = stored.catch(() => {});
    return stored;
  }

  async #store(rejected: RejectedLine, output: string): Promise<void> {
    const { lane, task, runId, clock, over } = this.#options;
    const line = formatDeadLetter(rejected.line, {
      reason: rejected.reason,
      code: rejected.code,
      task,
      output,
      runId,
      atMs: clock.wallMs(),
    });
    await lane.window.room(line.length, 1, over);
    const origin = { input: 0, inputStart: this.stored, runs: [1] };
    await lane.hand(line, 1, origin, false);
    await lane.settledUpTo(lane.ledger.handed);
    this.stored++;
  }
}
