/**
 * The replay window: what was handed to an output and is not settled yet.
 *
 * Bytes lie in a ring of fixed capacity (the scanner's own memory, so that they
 * are copied once and looked at where they lie). A queue of marks says which
 * runs of bytes hold which envelopes; runs need not touch, so what is taken out
 * of the stream leaves a hole and nothing is copied twice. A position inside a
 * run is searched for only when somebody waits for room or asks for a replay.
 *
 * Who may put how much in is decided by relay.ts: a run holds at most half the
 * window, and an output that holds half the window acknowledges without waiting
 * for more. So waiting for room always ends.
 *
 * @module
 */

import type { Scanner } from "./scanner/scanner.ts";

/** A run of whole lines in the ring. Offsets only grow; `% capacity` is the place. */
interface Mark {
  start: number;
  readonly end: number;
  /** Envelopes handed over up to and including this run. */
  readonly lastPosition: number;
  lines: number;
}

/** Envelope lines without a break. */
export interface Run {
  /** Up to the end of what was staged, or to the first stray line. */
  readonly lengthBytes: number;
  readonly lines: number;
}

/** Bytes and marks between the output's last acknowledgement and the present. */
export class ReplayWindow {
  readonly #scanner: Scanner;
  readonly #marks: Mark[] = [];
  #firstMark = 0;
  #head = 0;
  #tail = 0;
  #envelopes = 0;
  #settled = 0;
  #wake: (() => void) | undefined;

  /**
   * @param scanner Its memory is the ring.
   * @param capacityBytes At most the scanner's memory.
   * @param maxEnvelopes Bound besides the bytes.
   */
  constructor(
    scanner: Scanner,
    readonly capacityBytes: number,
    readonly maxEnvelopes: number,
  ) {
    this.#scanner = scanner;
  }

  /** Bytes held. */
  get usedBytes(): number {
    return this.#head - this.#tail;
  }

  /** Envelopes held. */
  get usedEnvelopes(): number {
    return this.#envelopes;
  }

  /** Whether somebody waits for an acknowledgement right now. */
  get isFull(): boolean {
    return this.#wake !== undefined;
  }

  /** Waits until `bytes` and `envelopes` more fit. One caller at a time. */
  async room(
    bytes: number,
    envelopes: number,
    signal: AbortSignal,
  ): Promise<void> {
    while (!this.#fits(bytes, envelopes)) {
      this.#settleInsideFirstMark();
      if (this.#fits(bytes, envelopes)) return;
      await this.#nextAcknowledgement(signal);
    }
  }

  /**
   * Copies whole lines behind what is held; `room` was waited for. They are held
   * only once {@link commit} says so; the next call overwrites what it didn't.
   */
  stage(lines: Uint8Array): void {
    // An empty window starts over at the front, where the caches are warm.
    if (this.usedBytes === 0) this.#head = this.#tail = 0;
    const at = this.#head % this.capacityBytes;
    const untilWrap = this.capacityBytes - at;
    this.#scanner.memory.set(lines.subarray(0, untilWrap), at);
    if (lines.length > untilWrap) {
      this.#scanner.memory.set(lines.subarray(untilWrap), 0);
    }
  }

  /** The staged lines beginning with `{`, up to the first other. */
  run(stagedBytes: number): Run {
    const end = this.#head + stagedBytes;
    let lines = 0;
    let atLineStart = true;
    for (let from = this.#head; from < end;) {
      const at = from % this.capacityBytes;
      const untilWrap = this.capacityBytes - at;
      const length = Math.min(end - from, untilWrap);
      const found = this.#scanner.scan(at, length, atLineStart);
      if (found.firstStray >= 0) {
        lines += this.#scanner.countNewlines(at, found.firstStray);
        return { lengthBytes: from + found.firstStray - this.#head, lines };
      }
      lines += found.newlines;
      atLineStart = found.lastNewline === length - 1;
      from += length;
    }
    return { lengthBytes: stagedBytes, lines };
  }

  /** Takes the first staged bytes into the window as handed over. */
  commit(lengthBytes: number, lines: number, lastPosition: number): void {
    const start = this.#head;
    this.#head += lengthBytes;
    this.#marks.push({ start, end: this.#head, lines, lastPosition });
    this.#envelopes += lines;
  }

  /** Everything up to `position` is settled; lower ones are ignored. */
  settle(position: number): void {
    if (position <= this.#settled) return;
    this.#settled = position;
    this.#dropSettledMarks();
    if (this.#wake !== undefined) this.#wake();
  }

  /**
   * What has to be written again: every run behind a position, in order. The views
   * stay good until what they show is settled.
   */
  after(position: number): { bytes: Uint8Array; lines: number }[] {
    this.#settleInsideFirstMark();
    const runs: { bytes: Uint8Array; lines: number }[] = [];
    for (const mark of this.#marks.slice(this.#firstMark)) {
      const lines = Math.min(mark.lines, mark.lastPosition - position);
      if (lines <= 0) continue;
      const skipped = mark.lines - lines;
      const start = skipped === 0
        ? mark.start
        : this.#afterLines(mark.start, mark.end, skipped);
      runs.push(...this.#views(start, mark.end, lines));
    }
    return runs;
  }

  /** A copy of one held line. */
  line(position: number, { withLineFeed = false } = {}): Uint8Array {
    const mark = this.#marks.slice(this.#firstMark)
      .find(({ lastPosition }) => lastPosition >= position);
    if (mark === undefined) throw new RangeError(`${position} is not held`);
    const before = position - (mark.lastPosition - mark.lines) - 1;
    const start = before === 0
      ? mark.start
      : this.#afterLines(mark.start, mark.end, before);
    const end = this.#afterLines(start, mark.end, 1);
    return this.#copy(start, withLineFeed ? end : end - 1);
  }

  /** A run as views; one that wraps counts its lines with its first half. */
  #views(start: number, end: number, lines: number) {
    const pieces = [...this.#pieces(start, end)];
    return pieces.map(([from, to], n) => {
      const at = from % this.capacityBytes;
      const bytes = this.#scanner.memory.subarray(at, at + (to - from));
      return { bytes, lines: n === 0 ? lines : 0 };
    });
  }

  #copy(start: number, end: number): Uint8Array {
    const copy = new Uint8Array(end - start);
    for (const [from, to] of this.#pieces(start, end)) {
      const at = from % this.capacityBytes;
      const piece = this.#scanner.memory.subarray(at, at + (to - from));
      copy.set(piece, from - start);
    }
    return copy;
  }

  #fits(bytes: number, envelopes: number): boolean {
    return this.usedBytes + bytes <= this.capacityBytes &&
      this.#envelopes + envelopes <= this.maxEnvelopes;
  }

  async #nextAcknowledgement(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let onAbort = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        onAbort = () => reject(signal.reason);
        signal.addEventListener("abort", onAbort);
      });
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#wake = undefined;
    }
  }

  #dropSettledMarks(): void {
    const marks = this.#marks;
    while (
      this.#firstMark < marks.length &&
      marks[this.#firstMark].lastPosition <= this.#settled
    ) {
      const mark = marks[this.#firstMark++];
      this.#tail = mark.end;
      this.#envelopes -= mark.lines;
    }
    // Amortised: the settled front of the array is cut off now and then.
    if (this.#firstMark > 1024 || this.#firstMark === marks.length) {
      marks.splice(0, this.#firstMark);
      this.#firstMark = 0;
    }
  }

  /** Frees the settled part of a run whose last envelope is not settled yet. */
  #settleInsideFirstMark(): void {
    const mark = this.#marks[this.#firstMark];
    if (mark === undefined) return;
    const settledLines = this.#settled - (mark.lastPosition - mark.lines);
    if (settledLines <= 0) return;
    mark.start = this.#afterLines(mark.start, mark.end, settledLines);
    mark.lines -= settledLines;
    this.#envelopes -= settledLines;
    this.#tail = mark.start;
  }

  /** The offset just behind the nth line feed. */
  #afterLines(start: number, end: number, count: number): number {
    let left = count;
    for (const [from, to] of this.#pieces(start, end)) {
      const at = from % this.capacityBytes;
      const here = this.#scanner.countNewlines(at, to - from);
      if (here >= left) {
        return from + this.#scanner.findNewline(at, to - from, left);
      }
      left -= here;
    }
    return end;
  }

  /** A range as one or two pieces that don't wrap. */
  *#pieces(start: number, end: number): Generator<[number, number]> {
    const at = start % this.capacityBytes;
    const untilWrap = start + (this.capacityBytes - at);
    if (end <= untilWrap) {
      if (end > start) yield [start, end];
      return;
    }
    yield [start, untilWrap];
    yield [untilWrap, end];
  }
}
