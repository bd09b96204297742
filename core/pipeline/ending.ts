/**
 * How a stream ends: was it the end or a crash, and did both sides end well?
 *
 * @module
 */

import type { Task } from "../config/task.ts";
import { DstreamError } from "../errors.ts";
import type { PipelineEvent } from "./events.ts";
import type { InputSession } from "./input_session.ts";
import type { Ledger } from "./ledger.ts";
import { halfLine, inputLingers } from "./notices.ts";
import type { OutputSession } from "./output_session.ts";
import { describeExit } from "./process.ts";
import { processFailure } from "./session.ts";

/** What the judgement depends on. */
export interface EndingOptions {
  readonly task: Task;
  readonly ledger: Ledger;
  readonly onEvent: (event: PipelineEvent) => void;
  /** Waits, unless the run fails first. */
  readonly unlessFailed: <T>(promise: Promise<T>) => Promise<T>;
  /** Whether the input was asked to stop, so that its status says nothing. */
  readonly wasStopped: () => boolean;
  /** Whether a process was made to end. */
  readonly wasForced: () => boolean;
}

/** Judges the ends of one run. */
export class Ending {
  readonly #options: EndingOptions;
  #hasEndedInput = false;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /**
   * A close of stdout without `end`: the exit status tells what it was.
   * @throws {DstreamError} `provider.input_crashed`
   */
  async judgeClose(input: InputSession): Promise<void> {
    if (input.agreement.version < 2) input.process.closeStdin();
    await this.awaitInputExit(input);
    if (this.#endedWell(input)) return;
    throw await processFailure(
      "provider.input_crashed",
      `input provider "${input.process.name}" ended in the middle of the stream`,
      input.process,
      this.#options.task.inputs[0],
    );
  }

  /**
   * Half a line is the rest of a version 1 input that ended well, or is dropped.
   * @returns The line to hand over, its line feed added.
   */
  completeRest(input: InputSession): Uint8Array | undefined {
    const rest = input.rest;
    if (rest.length === 0) return undefined;
    const endedWell = input.process.status?.code === 0 &&
      !this.#options.wasStopped();
    if (input.agreement.version === 2 || !endedWell) {
      this.#options.onEvent(halfLine(input.process.name, rest.length));
      return undefined;
    }
    const line = new Uint8Array(rest.length + 1);
    line.set(rest);
    line[rest.length] = 0x0a;
    return line;
  }

  /** Waits for the input to go, `shutdownGraceMs` from its last acknowledgement. */
  async awaitInputExit(input: InputSession): Promise<void> {
    const { ledger, unlessFailed, task, onEvent } = this.#options;
    const graceMs = task.shutdownGraceMs;
    for (;;) {
      const { settled } = ledger;
      const gone = input.process.exitsWithin(graceMs);
      if (await unlessFailed(gone)) return;
      if (ledger.inFlight === 0 && ledger.settled === settled) break;
    }
    onEvent(inputLingers(input.process.name, graceMs));
    this.#hasEndedInput = true;
    input.process.terminate();
    if (!await input.process.exitsWithin(graceMs)) input.process.kill();
    await input.process.exit;
  }

  /**
   * After its stdin was closed and it has gone: did it confirm everything?
   * @throws {DstreamError} `provider.output_failed`, `provider.output_crashed`
   */
  async judgeOutput(output: OutputSession): Promise<void> {
    const { ledger, task, wasForced } = this.#options;
    if (wasForced()) return;
    if (output.process.status?.code !== 0) {
      throw await processFailure(
        "provider.output_failed",
        `output provider "${output.process.name}" failed`,
        output.process,
        task.outputs[0],
      );
    }
    const isV2 = output.agreement?.version === 2;
    if (!isV2) ledger.settleAll();
    else if (ledger.inFlight > 0) throw await this.outputCrash(output);
  }

  /** @throws {DstreamError} `provider.input_failed` for a status after `end`. */
  judgeInput(input: InputSession): void {
    if (this.#endedWell(input)) return;
    const { process } = input;
    throw new DstreamError(
      "provider.input_failed",
      `input provider "${process.name}" failed after its last envelope ` +
        `(${describeExit(process.status!)})`,
      {
        at: this.#options.task.inputs[0].sourceAt,
        details: [...process.lastLines],
      },
    );
  }

  /** An output that went before its time. */
  outputCrash(output: OutputSession): Promise<DstreamError> {
    const { inFlight } = this.#options.ledger;
    const undecided = inFlight > 0 ? ` with ${inFlight} unacknowledged` : "";
    return processFailure(
      "provider.output_crashed",
      `output provider "${output.process.name}" ended before the stream did${undecided}`,
      output.process,
      this.#options.task.outputs[0],
    );
  }

  #endedWell({ process }: InputSession): boolean {
    const { wasStopped, wasForced } = this.#options;
    const wasMade = this.#hasEndedInput || wasStopped() || wasForced();
    return process.status?.code === 0 || wasMade;
  }
}
