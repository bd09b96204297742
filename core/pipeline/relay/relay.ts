/**
 * Moves envelopes from inputs to outputs: chunks of bytes, never lines.
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

import { DstreamError } from "../../base/errors.ts";
import {
  type InputRecord,
  LINE_FEED,
  parseInputRecord,
  RECORD_SEPARATOR,
} from "../../protocol/mod.ts";
import type { Counters } from "../events.ts";
import { afterLines } from "./after_lines.ts";
import { cutAt } from "./cut_at.ts";
import { LineTooLongError } from "./whole_lines.ts";
import type { RelayLane, RelaySource, RelayTransforms } from "./relay_ports.ts";
import { passedOf, sumOf } from "./runs.ts";

/** What the relay works with. */
export interface RelayOptions {
  /** Every envelope goes to all of them. */
  readonly lanes: readonly RelayLane[];
  readonly counters: Pick<
    Counters,
    "readEnvelopes" | "readBytes" | "filteredEnvelopes" | "strayLines"
  >;
  /** Fires when nothing can go on. */
  readonly over: AbortSignal;
  readonly maxLineBytes: number;
  readonly maxEnvelopes?: number;
  /** `--max` is reached: the inputs may stop. */
  readonly onEnough: () => void;
  /** What happens to envelopes on the way; absent: they are never looked at. */
  readonly transforms?: RelayTransforms;
}

/** How far the relay looks behind a line that it took out. */
const SHORT_LOOK_BYTES = 512;

/** Joins inputs to outputs. */
export class Relay {
  readonly #options: RelayOptions;
  /** Chunks are looked at in its window, where they are needed anyway. */
  readonly #first: RelayLane;
  #read = 0;
  readonly #ended = new Set<RelaySource>();
  /** Sources that went on after enough was handed over. */
  readonly #isPast = new Set<RelaySource>();
  /** Resolves when the input that uses the first window has done so. */
  #turn: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#first = options.lanes[0];
  }

  /**
   * Moves everything until the input says `end` (or `error`, its end for good) or its
   * stdout is closed. The close may be long in coming after `end`: some runtimes can't close stdout.
   */
  async pump(source: RelaySource): Promise<"ended" | "closed"> {
    for (;;) {
      const lines = await this.#next(source);
      if (lines === undefined) break;
      this.#options.counters.readBytes += lines.length;
      if (this.#hasEnough) {
        await this.#flush();
        this.#takeTrailingRecords(source, lines);
        this.#noticeEnd(source, lines);
        if (this.#ended.has(source)) break;
        continue; // read to the end, and forget
      }
      // The bytes of the chunk before are the input's again with the next call,
      // also where this one holds nothing to be written that would wait for them.
      const before = this.#flush();
      const hasEnded = await this.forward(source, lines);
      await before;
      if (hasEnded) break;
    }
    await this.#flush();
    return this.#ended.has(source) ? "ended" : "closed";
  }

  /** Hands whole lines over. @returns Whether the input said that it is at its end. */
  async forward(source: RelaySource, lines: Uint8Array): Promise<boolean> {
    // A run over half the window could wait for room that nobody makes.
    const limit = Math.floor(this.#first.window.capacityBytes / 2);
    let start = 0;
    while (start < lines.length && !this.#isOver(source)) {
      const end = start + wholeLinesWithin(lines.subarray(start), limit);
      while (this.#turn !== undefined) await this.#turn;
      using _turn = this.#takeTurn();
      start += await this.#forwardPart(source, lines.subarray(start, end));
    }
    if (this.#hasEnough) {
      this.#takeTrailingRecords(source, lines.subarray(start));
      this.#noticeEnd(source, lines);
    }
    return this.#ended.has(source);
  }

  #isOver(source: RelaySource): boolean {
    return this.#ended.has(source) || this.#hasEnough;
  }

  get #hasEnough(): boolean {
    const { maxEnvelopes } = this.#options;
    return maxEnvelopes !== undefined && this.#read >= maxEnvelopes;
  }

  async #next(source: RelaySource): Promise<Uint8Array | undefined> {
    try {
      return await source.next();
    } catch (error) {
      throw error instanceof LineTooLongError ? this.#tooLong(source) : error;
    }
  }

  /** What the input says right behind the last envelope that was wanted: its state. */
  #takeTrailingRecords(source: RelaySource, lines: Uint8Array): void {
    let at = 0;
    while (lines[at] === RECORD_SEPARATOR && !this.#isPast.has(source)) {
      const end = lines.indexOf(LINE_FEED, at);
      if (source.hasRecords) this.#readRecord(source, lines.subarray(at, end));
      at = end + 1;
    }
    if (at < lines.length) this.#isPast.add(source);
  }

  /** Behind what nobody wanted `end` still is the end: it is the last line. */
  #noticeEnd(source: RelaySource, lines: Uint8Array): void {
    const start = lines.lastIndexOf(LINE_FEED, lines.length - 2) + 1;
    if (!source.hasRecords || lines[start] !== RECORD_SEPARATOR) return;
    const text = new TextDecoder().decode(lines.subarray(start + 1));
    const record = parseInputRecord(text.trimEnd());
    if (record !== undefined && "end" in record) this.#ended.add(source);
  }

  /** The window that chunks are looked at in is one input's at a time. */
  #takeTurn(): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    return {
      [Symbol.dispose]: () => {
        this.#turn = undefined;
        resolve();
      },
    };
  }

  async #flush(): Promise<void> {
    for (const lane of this.#options.lanes) await lane.flush();
  }

  /**
   * Hands over all of a part that are envelopes. Where lines are taken out, the
   * next look is short and grows again, so that nothing is copied often and the
   * window holds envelopes only.
   * @returns How many bytes were used; what is left when enough was handed over
   * is not wanted, and no state that follows it covers what was.
   */
  async #forwardPart(source: RelaySource, part: Uint8Array): Promise<number> {
    const { window } = this.#first;
    let lookBytes = part.length;
    let at = 0;
    while (at < part.length && !this.#isOver(source)) {
      const rest = part.subarray(at);
      const staged = rest.subarray(0, wholeLinesWithin(rest, lookBytes));
      if (!window.fits(staged.length, 0)) {
        await window.room(staged.length, 0, this.#options.over);
      }
      window.stage(staged);
      const run = window.run(staged.length);
      const envelopes = staged.subarray(0, run.lengthBytes);
      at += await this.#hand(source, envelopes, run.lines);
      if (this.#hasEnough) break;
      const isClean = run.lengthBytes === staged.length;
      if (!isClean) at += await this.#takeOut(source, part.subarray(at));
      lookBytes = isClean ? 2 * lookBytes : SHORT_LOOK_BYTES + run.lengthBytes;
    }
    return at;
  }

  /**
   * Hands the first staged lines over, cut where a window counts envelopes.
   * @returns How many bytes, fewer when enough was handed over.
   */
  async #hand(
    source: RelaySource,
    bytes: Uint8Array,
    lines: number,
  ): Promise<number> {
    let start = 0;
    while (start < bytes.length && !this.#hasEnough) {
      const limit = this.#envelopeLimit();
      const rest = bytes.subarray(start);
      const cut = start === 0 && lines <= limit
        ? { lengthBytes: rest.length, lines }
        : afterLines(rest, limit);
      const part = rest.subarray(0, cut.lengthBytes);
      await this.#handPart(source, part, cut.lines);
      start += cut.lengthBytes;
    }
    return start;
  }

  #handPart(source: RelaySource, bytes: Uint8Array, lines: number) {
    if (this.#options.transforms !== undefined) {
      return this.#transform(source, bytes, lines);
    }
    this.#options.counters.readEnvelopes += lines;
    return this.#handToAll(source, { bytes, runs: [lines], isStaged: true });
  }

  /** Takes a part through the transforms; what they refuse has to find its place. */
  async #transform(
    source: RelaySource,
    bytes: Uint8Array,
    lines: number,
  ): Promise<void> {
    const { transformer, onRejected, keepsRejected } = this.#options
      .transforms!;
    const outcome = transformer.applyChunk(bytes);
    const { capacityBytes } = this.#first.window;
    const first = cutAt(outcome, lines, { capacityBytes, keepsRejected });
    if (first > 0 && first < lines) {
      const { lengthBytes } = afterLines(bytes, first);
      await this.#transform(source, bytes.subarray(0, lengthBytes), first);
      const rest = bytes.subarray(lengthBytes);
      return await this.#transform(source, rest, lines - first);
    }
    if (outcome.failure !== undefined) throw outcome.failure.error;
    const { bytes: passed, runs, rejects } = outcome;
    const { counters } = this.#options;
    counters.readEnvelopes += lines;
    counters.filteredEnvelopes += lines - passedOf(runs) - rejects.length;
    await Promise.all(rejects.map((rejected) => {
      const position = source.read + rejected.index + 1;
      return onRejected({ ...rejected, position }, source);
    }));
    await this.#handToAll(source, { bytes: passed, runs, isStaged: false });
  }

  async #handToAll(
    source: RelaySource,
    { bytes, runs, isStaged }: {
      readonly bytes: Uint8Array;
      readonly runs: readonly number[];
      readonly isStaged: boolean;
    },
  ): Promise<void> {
    const { lanes, onEnough } = this.#options;
    const read = sumOf(runs);
    const lines = passedOf(runs);
    const origin = { input: source.index, inputStart: source.read, runs };
    source.count(read);
    this.#read += read;
    for (const lane of lanes) {
      if (lines === 0) lane.tookOut(origin);
      else {
        const isThere = isStaged && lane === this.#first;
        await lane.hand(bytes, lines, origin, isThere);
      }
    }
    if (this.#hasEnough) onEnough();
  }

  /** At most half of every window's envelopes, and no more than are wanted. */
  #envelopeLimit(): number {
    const { lanes, maxEnvelopes = Infinity } = this.#options;
    const halves = lanes.map(({ window }) =>
      Math.max(1, Math.floor(window.maxEnvelopes / 2))
    );
    return Math.min(...halves, maxEnvelopes - this.#read);
  }

  /** Takes one line out of the stream. Returns how many bytes it had. */
  async #takeOut(source: RelaySource, from: Uint8Array): Promise<number> {
    const lengthBytes = from.indexOf(LINE_FEED) + 1;
    const line = from.subarray(0, lengthBytes - 1);
    const isRecord = line[0] === RECORD_SEPARATOR;
    if (isRecord && source.hasRecords) {
      await this.#takeRecord(source, line);
    } else if (source.strayLines === "forward" && !isRecord) {
      await this.#forwardStray(source, from.subarray(0, lengthBytes));
    } else {
      this.#options.counters.strayLines++;
      if (source.strayLines === "fail") throw strayFailure(source, line);
      source.onStray(line);
    }
    return lengthBytes;
  }

  async #forwardStray(source: RelaySource, line: Uint8Array): Promise<void> {
    const { window } = this.#first;
    await window.room(line.length, 0, this.#options.over);
    window.stage(line);
    this.#options.counters.readEnvelopes++;
    await this.#handToAll(source, { bytes: line, runs: [1], isStaged: true });
  }

  async #takeRecord(source: RelaySource, line: Uint8Array): Promise<void> {
    const record = this.#readRecord(source, line);
    if (record === undefined || !("schema" in record)) return;
    const { transforms, lanes } = this.#options;
    const schema = transforms === undefined
      ? record.schema
      : transforms.transformer.applySchema(record.schema);
    if (schema === undefined) return;
    await Promise.all(lanes.map((lane) => lane.schema(schema)));
  }

  #readRecord(
    source: RelaySource,
    line: Uint8Array,
  ): InputRecord | undefined {
    const text = new TextDecoder().decode(line.subarray(1));
    const record = parseInputRecord(text);
    if (record === undefined) return undefined;
    if ("end" in record || "error" in record) this.#ended.add(source);
    source.onRecord(record);
    return record;
  }

  #tooLong({ name, read }: RelaySource): DstreamError {
    return new DstreamError(
      "protocol.line_too_long",
      `input provider "${name}" wrote an envelope of more than ` +
        `${this.#options.maxLineBytes} bytes at position ${read + 1}`,
      { hint: "raise max_line_bytes in the task if that is meant" },
    );
  }
}

function strayFailure(
  { name, read }: RelaySource,
  line: Uint8Array,
): DstreamError {
  const text = new TextDecoder().decode(line.subarray(0, 80));
  return new DstreamError(
    "protocol.stray_line",
    `input provider "${name}" wrote a line that is no envelope after ` +
      `envelope ${read}: ${JSON.stringify(text)}`,
    { hint: 'stray_lines = "drop" takes such lines out and logs them' },
  );
}

/** The length of the longest prefix of whole lines within the limit; at least one line. */
function wholeLinesWithin(lines: Uint8Array, limitBytes: number): number {
  if (lines.length <= limitBytes) return lines.length;
  const last = lines.lastIndexOf(LINE_FEED, limitBytes - 1);
  return (last < 0 ? lines.indexOf(LINE_FEED) : last) + 1;
}
