/**
 * Moves envelopes from an input to an output: chunks of bytes, never lines.
 *
 * A chunk is copied once, into the replay window, and looked at there: how many
 * lines, and does each begin with `{`? If so it is written on as it came. Only at
 * a line that begins otherwise does the relay look closer: a control record is
 * taken out at its place, anything else is a stray.
 *
 * What the pieces promise: window.ts bounds what is held, ledger.ts counts,
 * whole_lines.ts never hands out half a line.
 *
 * @module
 */

import { DstreamError } from "../errors.ts";
import {
  type InputRecord,
  LINE_FEED,
  parseInputRecord,
  RECORD_SEPARATOR,
} from "../protocol/mod.ts";
import type { Counters } from "./events.ts";
import type { Ledger } from "./ledger.ts";
import { LineTooLongError } from "./whole_lines.ts";
import type { ReplayWindow } from "./window.ts";

/** Where lines come from. */
export interface RelayInput {
  /** Whole lines, valid until the next call but one; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
}

/** Where lines go. */
export interface RelayOutput {
  /** Resolves when the lines were taken. */
  write(lines: Uint8Array): Promise<void>;
}

/** What happens besides the bytes. */
export interface RelayHandlers {
  /** A control record of a version 2 input, at its place in the stream. */
  onRecord(record: InputRecord): void;
  /** A line that is neither envelope nor record. */
  onStray(line: Uint8Array): void;
  /** Something was handed over, or written to an output without acknowledgements. */
  onMoved(): void;
  /** `--max` is reached: the input may stop. */
  onEnough(): void;
}

/** What the relay works with. */
export interface RelayOptions {
  readonly window: ReplayWindow;
  readonly ledger: Ledger;
  readonly counters: Counters;
  readonly handlers: RelayHandlers;
  /** Aborted when nothing can go on. */
  readonly signal: AbortSignal;
  /** Whether control records are taken from the input (version 2). */
  readonly hasRecords: boolean;
  readonly strayLines: "drop" | "forward" | "fail";
  /** As users know the input, for errors. */
  readonly inputName: string;
  readonly maxLineBytes: number;
  readonly maxEnvelopes?: number;
}

/** How far the relay looks behind a line that it took out. */
const SHORT_LOOK_BYTES = 512;

/** Joins one input to one output. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #output: RelayOutput;
  /** Set while the output's acknowledgements are none, or not to be expected. */
  #settlesOnWrite = false;
  #hasEnded = false;
  /** The write under way: the next chunk is looked at meanwhile. */
  #writing: Promise<void> = Promise.resolve();

  constructor(output: RelayOutput, options: RelayOptions) {
    this.#output = output;
    this.#options = options;
  }

  /** From now on what the pipe has taken counts as settled. */
  settleOnWrite(): void {
    this.#settlesOnWrite = true;
    this.#options.ledger.settleAll();
    this.#settle();
  }

  /**
   * Moves everything until the input says `end` or its stdout is closed. The close
   * may be long in coming after `end`: some runtimes can't close stdout.
   */
  async pump(input: RelayInput): Promise<void> {
    while (!this.#hasEnded) {
      const lines = await this.#next(input);
      if (lines === undefined) break;
      this.#options.counters.readBytes += lines.length;
      // Its bytes are the input's again with the next call, also where this
      // chunk holds nothing to be written that would wait for it.
      const before = this.#writing;
      if (!this.#hasEnough) await this.#forward(lines);
      await before;
    }
    await this.#writing;
  }

  /** Whether the input has said that there is no more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Hands whole lines over and waits until they are written. */
  async forwardAll(lines: Uint8Array): Promise<void> {
    await this.#forward(lines);
    await this.#writing;
  }

  async #forward(lines: Uint8Array): Promise<void> {
    // A run over half the window could wait for room that nobody makes.
    const limit = Math.floor(this.#options.window.capacityBytes / 2);
    for (let start = 0; start < lines.length;) {
      const end = start + wholeLinesWithin(lines.subarray(start), limit);
      await this.#forwardPart(lines.subarray(start, end));
      start = end;
    }
  }

  get #isOver(): boolean {
    return this.#hasEnded || this.#hasEnough;
  }

  get #hasEnough(): boolean {
    const { ledger, maxEnvelopes } = this.#options;
    return maxEnvelopes !== undefined && ledger.handed >= maxEnvelopes;
  }

  async #next(input: RelayInput): Promise<Uint8Array | undefined> {
    try {
      return await input.next();
    } catch (error) {
      throw error instanceof LineTooLongError ? this.#tooLong() : error;
    }
  }

  /**
   * Hands over all of a part that are envelopes. Where lines are taken out, the
   * next look is short and grows again, so that nothing is copied often and the
   * window holds envelopes only.
   */
  async #forwardPart(part: Uint8Array): Promise<void> {
    const { window, signal } = this.#options;
    let lookBytes = part.length;
    for (let at = 0; at < part.length && !this.#isOver;) {
      const rest = part.subarray(at);
      const staged = rest.subarray(0, wholeLinesWithin(rest, lookBytes));
      await window.room(staged.length, 0, signal);
      window.stage(staged);
      const run = window.run(staged.length);
      await this.#hand(staged.subarray(0, run.lengthBytes), run.lines);
      at += run.lengthBytes;
      const isClean = run.lengthBytes === staged.length;
      if (!isClean && !this.#isOver) {
        at += await this.#takeOut(part.subarray(at));
      }
      lookBytes = isClean ? 2 * lookBytes : SHORT_LOOK_BYTES + run.lengthBytes;
    }
  }

  /** Hands the first staged lines over, cut where the window counts envelopes. */
  async #hand(bytes: Uint8Array, lines: number): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#hasEnough;) {
      const limit = this.#envelopeLimit();
      const rest = bytes.subarray(start);
      const cut = start === 0 && lines <= limit
        ? { lengthBytes: rest.length, lines }
        : afterLines(rest, limit);
      await this.#write(rest.subarray(0, cut.lengthBytes), cut.lines);
      start += cut.lengthBytes;
    }
  }

  /** At most half the window's envelopes, and no more than are wanted. */
  #envelopeLimit(): number {
    const { window, ledger, maxEnvelopes } = this.#options;
    const half = Math.max(1, Math.floor(window.maxEnvelopes / 2));
    return Math.min(half, (maxEnvelopes ?? Infinity) - ledger.handed);
  }

  /** Writes what is staged first. */
  async #write(bytes: Uint8Array, lines: number): Promise<void> {
    const { window, ledger, counters, handlers, signal } = this.#options;
    await window.room(0, lines, signal);
    await this.#writing;
    ledger.hand(lines);
    window.commit(bytes.length, lines, ledger.handed);
    counters.readEnvelopes += lines;
    this.#writing = this.#output.write(bytes);
    // Awaited before the next write, or at the end.
    this.#writing.catch(() => {});
    if (this.#settlesOnWrite) {
      await this.#writing;
      ledger.settleAll();
      this.#settle();
    }
    if (this.#hasEnough) handlers.onEnough();
    handlers.onMoved();
  }

  #settle(): void {
    const { window, ledger } = this.#options;
    window.settle(ledger.settled);
  }

  /** Takes one line out of the stream. Returns how many bytes it had. */
  async #takeOut(from: Uint8Array): Promise<number> {
    const lengthBytes = from.indexOf(LINE_FEED) + 1;
    const line = from.subarray(0, lengthBytes - 1);
    const { hasRecords, handlers, strayLines } = this.#options;
    if (line[0] === RECORD_SEPARATOR && hasRecords) {
      this.#takeRecord(line);
    } else if (strayLines === "forward" && line[0] !== RECORD_SEPARATOR) {
      await this.#forwardStray(from.subarray(0, lengthBytes));
    } else {
      this.#options.counters.strayLines++;
      if (strayLines === "fail") throw this.#strayFailure(line);
      handlers.onStray(line);
    }
    return lengthBytes;
  }

  async #forwardStray(line: Uint8Array): Promise<void> {
    const { window, signal } = this.#options;
    await window.room(line.length, 0, signal);
    window.stage(line);
    await this.#write(line, 1);
  }

  #takeRecord(line: Uint8Array): void {
    const text = new TextDecoder().decode(line.subarray(1));
    const record = parseInputRecord(text);
    if (record === undefined) return;
    if ("end" in record) this.#hasEnded = true;
    this.#options.handlers.onRecord(record);
  }

  #strayFailure(line: Uint8Array): DstreamError {
    const { inputName, ledger } = this.#options;
    const text = new TextDecoder().decode(line.subarray(0, 80));
    return new DstreamError(
      "protocol.stray_line",
      `input provider "${inputName}" wrote a line that is no envelope after ` +
        `envelope ${ledger.handed}: ${JSON.stringify(text)}`,
      { hint: 'stray_lines = "drop" takes such lines out and logs them' },
    );
  }

  #tooLong(): DstreamError {
    const { inputName, ledger, maxLineBytes } = this.#options;
    return new DstreamError(
      "protocol.line_too_long",
      `input provider "${inputName}" wrote an envelope of more than ` +
        `${maxLineBytes} bytes at position ${ledger.handed + 1}`,
      { hint: "raise max_line_bytes in the task if that is meant" },
    );
  }
}

/** The length of the longest prefix of whole lines within the limit; at least one line. */
function wholeLinesWithin(lines: Uint8Array, limitBytes: number): number {
  if (lines.length <= limitBytes) return lines.length;
  const last = lines.lastIndexOf(LINE_FEED, limitBytes - 1);
  return (last < 0 ? lines.indexOf(LINE_FEED) : last) + 1;
}

/** The first `count` lines, or as many as there are. */
function afterLines(
  bytes: Uint8Array,
  count: number,
): { lengthBytes: number; lines: number } {
  let lengthBytes = 0;
  let lines = 0;
  while (lines < count && lengthBytes < bytes.length) {
    lengthBytes = bytes.indexOf(LINE_FEED, lengthBytes) + 1;
    lines++;
  }
  return { lengthBytes, lines };
}
