/**
 * Collects envelopes and writes them in blocks.
 *
 * A block goes out when it holds 64 KiB, or 5 ms after the last one if something
 * waits: a sparse stream isn't delayed, a dense one isn't chopped up. While a
 * block is on its way the next is filled; when that holds 256 KiB too, whoever
 * adds must wait. That is the back-pressure.
 *
 * @module
 */

import { formatControl } from "../../protocol/control.ts";
import type { InputRecord } from "../../protocol/control.ts";
import type { Json, Position } from "../../protocol/envelope.ts";
import { Block } from "./block.ts";
import type { Host } from "./host.ts";
import type { StatePace } from "./state_pace.ts";
import type { Stdout } from "./stdout.ts";

/** A block this long is sent at once. */
const BLOCK_BYTES = 64 * 1024;
/** While one is on its way, the next may grow to this. */
const MOST_BYTES = 256 * 1024;
/** Nothing waits longer. */
const LINGER_MS = 5;
/** Longer `lines` go out as they are; shorter ones are copied. */
const COPY_BYTES = 16 * 1024;

/** Who hears of blocks. */
export interface BlockEvents {
  /** Everything up to this envelope is in the pipe. */
  onWritten(position: Position): void;
  /** Nobody reads stdout any more; nothing is written from now on. */
  onBroken(error: unknown): void;
}

/** An input's way to stdout. */
export class BlockWriter {
  readonly #host: Host;
  readonly #stdout: Stdout;
  readonly #events: BlockEvents;
  #filling = new Block(MOST_BYTES);
  #spare = new Block(MOST_BYTES);
  /** A state record that belongs at the end of #filling, not yet in it. */
  #state: Uint8Array | undefined;
  readonly #pace: StatePace;
  #sinceStateBytes = Infinity;
  #sinceStateCount = 0;
  #position = 0;
  #onItsWay: Promise<void> | undefined;
  /** On its way, and not copied: whose memory it is must not change it. */
  #lent: Promise<void> | undefined;
  /** The same of an earlier batch. */
  #lentBefore: Promise<void> | undefined;
  #lastWriteMs = -Infinity;
  #isTimed = false;
  #failure: unknown;

  /** @param pace Until so much lies between, a newer state replaces an unwritten one. */
  constructor(
    host: Host,
    stdout: Stdout,
    pace: StatePace,
    events: BlockEvents,
  ) {
    this.#pace = pace;
    this.#host = host;
    this.#stdout = stdout;
    this.#events = events;
  }

  /** How many envelopes were added so far. */
  get position(): Position {
    return this.#position;
  }

  /** Whether {@link drain} must be awaited before more is added. */
  get isFull(): boolean {
    return this.#filling.size >= BLOCK_BYTES;
  }

  /** To be called before a batch is added; `hasState` if it ends with one. */
  beginBatch(hasState: boolean): void {
    this.#lentBefore = this.#lent;
    const isFar = this.#pace.isFar(
      this.#sinceStateBytes,
      this.#sinceStateCount,
    );
    if (hasState && !isFar) this.#state = undefined;
    else this.#settleState();
  }

  /**
   * To be awaited when a batch was added, before the next is asked for: the lines
   * of the batch before it may be overwritten then.
   */
  async endBatch(): Promise<void> {
    await this.#lentBefore;
    this.#lentBefore = undefined;
  }

  /** Adds one envelope as JSON, without its line feed. */
  add(json: string): void {
    this.#filling.addLine(json);
    this.#count(json.length, 1);
    if (!this.#isTimed) this.#setTimer();
  }

  /** Adds whole lines; long ones are read by the pipe until the next call. */
  async addLines(lines: Uint8Array, count: number): Promise<void> {
    this.#count(lines.length, count);
    if (lines.length < COPY_BYTES) {
      this.#filling.addBytes(lines);
      if (!this.#isTimed) this.#setTimer();
      return await this.drain();
    }
    const position = this.#position;
    if (this.#filling.size > 0) await this.#send(position - count);
    await this.#onItsWay;
    this.#throwFailure();
    this.#begin(lines, position);
    const lent = this.#onItsWay!;
    this.#lent = lent;
    lent.then(() => this.#lent === lent && (this.#lent = undefined));
  }

  #count(bytes: number, envelopes: number): void {
    this.#sinceStateBytes += bytes;
    this.#sinceStateCount += envelopes;
    this.#position += envelopes;
    this.#pace.wrote(bytes, envelopes);
  }

  /** Adds a control record at its place. */
  addControl(record: InputRecord): void {
    this.#settleState();
    this.#filling.addBytes(formatControl(record));
    if (!this.#isTimed) this.#setTimer();
  }

  /** Everything added so far leads to this state. */
  setState(state: Json): void {
    this.#state = formatControl({ state });
    if (!this.#isTimed) this.#setTimer();
  }

  /** Begins to send a full block; waits only while the next is full as well. */
  async drain(): Promise<void> {
    this.#throwFailure();
    if (!this.isFull) return;
    if (this.#onItsWay !== undefined) {
      if (this.#filling.size < MOST_BYTES) return;
      await this.#onItsWay;
      this.#throwFailure();
    }
    if (this.isFull) await this.#send(this.#position);
  }

  /** Sends all there is and waits until the pipe has it. */
  async flush(): Promise<void> {
    this.#settleState();
    await this.#onItsWay;
    this.#throwFailure();
    if (this.#filling.size > 0) await this.#send(this.#position);
    await this.#onItsWay;
    this.#throwFailure();
  }

  /** Begins to send the waiting block; returns as soon as it is on its way. */
  async #send(position: Position): Promise<void> {
    while (this.#onItsWay !== undefined) await this.#onItsWay;
    this.#throwFailure();
    const block = this.#filling;
    this.#filling = this.#spare;
    this.#spare = block;
    this.#filling.clear();
    this.#begin(block.bytes(), position);
  }

  #begin(bytes: Uint8Array, position: Position): void {
    this.#onItsWay = this.#stdout.write(bytes).then(
      () => this.#written(position),
      (error) => this.#broken(error),
    );
  }

  #written(position: Position): void {
    this.#onItsWay = undefined;
    this.#lastWriteMs = this.#host.monotonicMs();
    this.#events.onWritten(position);
    if (this.isFull) this.#sendWaiting();
    else if (this.#filling.size > 0 && !this.#isTimed) this.#setTimer();
  }

  #broken(error: unknown): void {
    this.#onItsWay = undefined;
    this.#failure = error;
    this.#events.onBroken(error);
  }

  #setTimer(): void {
    this.#isTimed = true;
    const sinceMs = this.#host.monotonicMs() - this.#lastWriteMs;
    this.#host.after(Math.max(0, LINGER_MS - sinceMs), () => {
      this.#isTimed = false;
      this.#settleState();
      this.#sendWaiting();
    });
  }

  #sendWaiting(): void {
    const isIdle = this.#onItsWay === undefined &&
      this.#failure === undefined;
    if (isIdle && this.#filling.size > 0) this.#send(this.#position);
  }

  #settleState(): void {
    if (this.#state === undefined) return;
    this.#filling.addBytes(this.#state);
    this.#state = undefined;
    this.#sinceStateBytes = this.#sinceStateCount = 0;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
