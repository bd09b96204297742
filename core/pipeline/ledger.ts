/**
 * Who has counted how far: positions of the input process, of the output
 * process, and of the task.
 *
 * The task counts the envelopes it has handed over since its start and never
 * goes back. Every process counts from 1 in its own life, so for each side the
 * ledger keeps where that life began. A settled envelope is settled for good;
 * acknowledgements only move forward, and never past a rejection that has not
 * found its place yet.
 *
 * @module
 */

import { DstreamError } from "../errors.ts";
import type { Position } from "../protocol/envelope.ts";

/** Counts of one task with one input and one output. */
export class Ledger {
  #handed = 0;
  #settled = 0;
  #acknowledged = 0;
  #inputBase = 0;
  #outputBase = 0;
  #firstOpenRejection: number | undefined;

  /** Envelopes handed to the output since the task began. */
  get handed(): number {
    return this.#handed;
  }

  /** Envelopes that are delivered, or rejected and taken care of. */
  get settled(): number {
    return this.#settled;
  }

  /** Handed over and undecided. */
  get inFlight(): number {
    return this.#handed - this.#settled;
  }

  /** The settled position as the present input process counts. */
  get settledOfInput(): Position {
    return Math.max(0, this.#settled - this.#inputBase);
  }

  /** `lines` more are being written. Called before the write begins. */
  hand(lines: number): void {
    this.#handed += lines;
  }

  /**
   * The output's word that everything up to `position` is settled.
   * @throws {DstreamError} `protocol.ack_beyond` past what it was handed.
   */
  acknowledge(position: Position): void {
    const global = this.#outputBase + position;
    if (global > this.#handed) throw this.#beyond("acknowledged", position);
    this.#acknowledged = Math.max(this.#acknowledged, global);
    this.#moveSettled();
  }

  /**
   * The output can't ever deliver this one.
   * @throws {DstreamError} `protocol.reject_late` at or below its last
   * acknowledgement, `protocol.ack_beyond` past what it was handed.
   * @returns The position as the task counts.
   */
  reject(position: Position): number {
    const global = this.#outputBase + position;
    if (global > this.#handed) throw this.#beyond("rejected", position);
    if (global <= this.#acknowledged) {
      throw new DstreamError(
        "protocol.reject_late",
        `the output rejected envelope ${position} after it had acknowledged ` +
          `up to ${this.#acknowledged - this.#outputBase}`,
      );
    }
    this.#firstOpenRejection = Math.min(
      this.#firstOpenRejection ?? global,
      global,
    );
    return global;
  }

  /** Everything handed over counts as settled: outputs without acknowledgements. */
  settleAll(): void {
    this.#acknowledged = this.#handed;
    this.#moveSettled();
  }

  /** A new output process: its numbers start at the first unsettled envelope. */
  outputStarted(): void {
    this.#outputBase = this.#settled;
  }

  /** A new input process: its numbers start behind what the old one handed over. */
  inputStarted(): void {
    this.#inputBase = this.#handed;
  }

  #moveSettled(): void {
    const limit = this.#firstOpenRejection === undefined
      ? this.#acknowledged
      : Math.min(this.#acknowledged, this.#firstOpenRejection - 1);
    this.#settled = Math.max(this.#settled, limit);
  }

  #beyond(verb: string, position: Position): DstreamError {
    return new DstreamError(
      "protocol.ack_beyond",
      `the output ${verb} envelope ${position} but was handed only ` +
        `${this.#handed - this.#outputBase}`,
      { hint: "acknowledge the number of lines read from stdin, from 1 on" },
    );
  }
}
