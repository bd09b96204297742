/**
 * How far one output is: handed over, acknowledged, settled.
 *
 * Positions count the lines handed to this output since the task began and never
 * go back. A process counts from 1 in its own life, so the ledger keeps where that
 * life began and how far this process was sent. A settled line is settled for
 * good; nothing past a rejection is, until the rejection has found its place.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import type { Position } from "../../protocol/envelope.ts";

/** Counts of one output. */
export class Ledger {
  #handed = 0;
  #sent = 0;
  #settled = 0;
  #acknowledged = 0;
  #base = 0;
  #hasAcknowledged = false;
  /** Rejections without a place, in order. */
  readonly #open: number[] = [];

  /** Lines handed over since the task began. */
  get handed(): number {
    return this.#handed;
  }

  /** Lines that are delivered, or rejected and taken care of. */
  get settled(): number {
    return this.#settled;
  }

  /** Lines that the process of the moment was sent, as the task counts. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether this output has said its word on everything it was handed. */
  get isAllAcknowledged(): boolean {
    return this.#acknowledged >= this.#handed;
  }

  /** Whether it waits for dead letters, not for this output's word. */
  get waitsForDeadLetters(): boolean {
    return this.#acknowledged > this.#settled;
  }

  /** Whether there was ever an acknowledgement. */
  get hasAcknowledged(): boolean {
    return this.#hasAcknowledged;
  }

  /** Handed over and undecided. */
  get inFlight(): number {
    return this.#handed - this.#settled;
  }

  /** `lines` more belong to this output; they are sent in the same moment. */
  hand(lines: number): void {
    this.#handed += lines;
    this.#sent += lines;
  }

  /** `lines` of the replay are being written to the new process. */
  sendAgain(lines: number): void {
    this.#sent += lines;
  }

  /**
   * The output's word that everything up to `position` is settled.
   * @throws {DstreamError} `protocol.ack_beyond` past what it was sent.
   */
  acknowledge(position: Position): void {
    const global = this.#base + position;
    if (global > this.#sent) throw this.#beyond("acknowledged", position);
    this.#hasAcknowledged ||= position > 0;
    this.#acknowledged = Math.max(this.#acknowledged, global);
    this.#moveSettled();
  }

  /**
   * The output can't ever deliver this one.
   * @returns Its position since the task began; {@link resolve} settles it.
   * @throws {DstreamError} `protocol.reject_late` at or below its last
   * acknowledgement, `protocol.ack_beyond` past what it was sent.
   */
  reject(position: Position): number {
    const global = this.#base + position;
    if (global > this.#sent) throw this.#beyond("rejected", position);
    if (global <= this.#acknowledged) throw this.#late(position);
    const at = this.#open.findIndex((open) => open >= global);
    if (at < 0) this.#open.push(global);
    else if (this.#open[at] !== global) this.#open.splice(at, 0, global);
    return global;
  }

  /** A rejection has found its place. */
  resolve(global: number): void {
    const at = this.#open.indexOf(global);
    if (at >= 0) this.#open.splice(at, 1);
    this.#moveSettled();
  }

  /** Whether the process of the moment has acknowledged it. */
  hasWordOn(global: number): boolean {
    return global <= this.#acknowledged;
  }

  /** Settles the line behind the last settled one, which no process survives. */
  bury(global: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, global);
    this.resolve(global);
  }

  /** Everything handed over counts as settled: outputs without acknowledgements. */
  settleAll(): void {
    this.#acknowledged = this.#handed;
    this.#moveSettled();
  }

  /** A new process: its numbers start at the first unsettled line. */
  restart(): void {
    this.#base = this.#sent = this.#acknowledged = this.#settled;
  }

  #moveSettled(): void {
    const open = this.#open[0];
    const limit = open === undefined
      ? this.#acknowledged
      : Math.min(this.#acknowledged, open - 1);
    this.#settled = Math.max(this.#settled, limit);
  }

  #beyond(verb: string, position: Position): DstreamError {
    return new DstreamError(
      "protocol.ack_beyond",
      `the output ${verb} envelope ${position} but was handed only ` +
        `${this.#sent - this.#base}`,
      { hint: "acknowledge the number of lines read from stdin, from 1 on" },
    );
  }

  #late(position: Position): DstreamError {
    return new DstreamError(
      "protocol.reject_late",
      `the output rejected envelope ${position} after it had acknowledged ` +
        `up to ${this.#acknowledged - this.#base}`,
    );
  }
}
