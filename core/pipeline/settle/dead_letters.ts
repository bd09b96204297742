/**
 * Where refused envelopes go: any version 2 output provider.
 *
 * @module
 */

import { joinBytes } from "../../base/join_bytes.ts";
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

/** A letter that waits to be handed over. */
interface Waiting {
  readonly rejected: RejectedLine;
  readonly output: string;
  readonly stored: PromiseWithResolvers<void>;
}

/** What is handed over at once is at most so long, or one letter. */
const BATCH_BYTES = 256 * 1024;

/** The dead-letter provider of a task. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  /** In the order they came; bounded by what the outputs' windows hold. */
  #waiting: Waiting[] = [];
  #isHanding = false;
  /** How many were handed over. */
  #handed = 0;

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

  /** Resolves when the dead letter is acknowledged. Many may be on their way. */
  store(rejected: RejectedLine, output: string): Promise<void> {
    const stored = Promise.withResolvers<void>();
    this.#waiting.push({ rejected, output, stored });
    if (!this.#isHanding) void this.#handAll();
    return stored.promise;
  }

  /** Hands over whatever waits, a batch at a time. */
  async #handAll(): Promise<void> {
    this.#isHanding = true;
    // Those that come in the same moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const { lines, batch } = this.#nextBatch();
      try {
        await this.#hand(lines, batch);
      } catch (error) {
        for (const { stored } of batch) stored.reject(error);
      }
    }
    this.#isHanding = false;
  }

  #nextBatch(): { lines: Uint8Array[]; batch: Waiting[] } {
    const lines: Uint8Array[] = [];
    const { window } = this.#options.lane;
    // A batch must fit, also while another lies in the window.
    const maxBytes = Math.min(BATCH_BYTES, window.capacityBytes / 4);
    const maxLines = Math.max(1, Math.floor(window.maxEnvelopes / 2));
    let lengthBytes = 0;
    for (const { rejected, output } of this.#waiting) {
      const line = this.#format(rejected, output);
      lengthBytes += line.length;
      const isFull = lengthBytes > maxBytes || lines.length === maxLines;
      if (isFull && lines.length > 0) break;
      lines.push(line);
    }
    const batch = this.#waiting.slice(0, lines.length);
    this.#waiting = this.#waiting.slice(lines.length);
    return { lines, batch };
  }

  #format(rejected: RejectedLine, output: string): Uint8Array {
    const { task, runId, clock } = this.#options;
    return formatDeadLetter(rejected.line, {
      reason: rejected.reason,
      code: rejected.code,
      task,
      output,
      runId,
      atMs: clock.wallMs(),
    });
  }

  async #hand(lines: Uint8Array[], batch: Waiting[]): Promise<void> {
    const { lane, over } = this.#options;
    const bytes = joinBytes(lines);
    await lane.window.room(bytes.length, lines.length, over);
    const origin = {
      input: 0,
      inputStart: this.#handed,
      runs: [lines.length],
    };
    this.#handed += lines.length;
    await lane.hand(bytes, lines.length, origin, false);
    // One wait for all: each has to be told when the run is over, which costs.
    lane.settledUpTo(lane.ledger.handed).then(
      () => batch.forEach(({ stored }) => stored.resolve()),
      (error) => batch.forEach(({ stored }) => stored.reject(error)),
    );
  }
}
