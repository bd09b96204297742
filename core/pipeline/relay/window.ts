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
  end: number;
  /** Envelopes handed over up to and including this run. */
  lastPosition: number;
  lines: number;
}

/** A run that is to be held elsewhere. */
export interface OldestLines {
  readonly pieces: readonly Uint8Array[];
  readonly lengthBytes: number;
  readonly lines: number;
  readonly lastPosition: number;
}

/** Runs up to here are made one where much is held. */
const SMALL_RUN_BYTES = 64 * 1024;

/** Envelope lines without a break. */
export interface Run {
  /** Up to the end of what was staged, or to the first stray line. */
  readonly lengthBytes: number;
  readonly lines: number;
}

/** Held lines in one piece. */
export interface HeldLines {
  readonly bytes: Uint8Array;
  readonly lines: number;
  /** The position of the last of them. */
  readonly last: number;
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
  /** The last settled line that was not refused, and a copy once its run is gone. */
  #delivered = 0;
  #kept: Uint8Array | undefined;
  #keptPosition = 0;
  /** Where the line behind the one that was looked up last begins. */
  #found = { position: 0, start: 0 };
  #wake: (() => void) | undefined;
  /** Makes room by giving the oldest away. @returns Whether it could. */
  spill: (() => Promise<boolean>) | undefined;

  /**
   * @param scanner Its memory is the ring.
   * @param capacityBytes At most the scanner's memory.
   * @param maxEnvelopes Bound besides the bytes.
   */
  constructor(
    scanner: Scanner,
    readonly capacityBytes: number,
    public maxEnvelopes: number,
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

  /** Whether so much more has room. */
  fits(bytes: number, envelopes: number): boolean {
    return this.usedBytes + bytes <= this.capacityBytes &&
      this.#envelopes + envelopes <= this.maxEnvelopes;
  }

  /** Waits until `bytes` and `envelopes` more fit. One caller at a time. */
  async room(
    bytes: number,
    envelopes: number,
    signal: AbortSignal,
  ): Promise<void> {
    while (!this.fits(bytes, envelopes)) {
      this.#settleInsideFirstMark();
      if (this.fits(bytes, envelopes)) return;
      if (this.spill !== undefined) {
        if (await this.spill()) continue;
        // What was settled meanwhile has woken nobody.
        if (this.fits(bytes, envelopes)) return;
      }
      await this.#nextAcknowledgement(signal);
    }
  }

  /**
   * Copies whole lines behind what is held; `room` was waited for. They are held
   * only once {@link commit} says so; the next call overwrites what it didn't.
   */
  stage(lines: Uint8Array): void {
    // An empty window starts over at the front, where the caches are warm.
    if (this.usedBytes === 0) {
      this.#head = this.#tail = 0;
      this.#found.position = 0;
    }
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
    this.#envelopes += lines;
    if (this.#goesOn(start)) {
      const last = this.#marks.at(-1)!;
      last.end = this.#head;
      last.lines += lines;
      last.lastPosition = lastPosition;
      return;
    }
    this.#marks.push({ start, end: this.#head, lines, lastPosition });
  }

  /** Where much is held, small runs are made one, or their marks would be more. */
  #goesOn(start: number): boolean {
    const last = this.#marks.at(-1);
    return this.spill !== undefined && last !== undefined &&
      this.#marks.length > this.#firstMark && last.end === start &&
      start - last.start < SMALL_RUN_BYTES;
  }

  /** The first run, as it lies there. */
  oldest(): OldestLines | undefined {
    const mark = this.#firstHeld;
    if (mark === undefined) return undefined;
    const { start, end, lines, lastPosition } = mark;
    const pieces = [...this.#pieces(start, end)].map(([from, to]) => {
      const at = from % this.capacityBytes;
      return this.#scanner.memory.subarray(at, at + (to - from));
    });
    return { pieces, lengthBytes: end - start, lines, lastPosition };
  }

  /** The first run is held elsewhere now, unless it was settled meanwhile. */
  release(lastPosition: number): void {
    const mark = this.#firstHeld;
    if (mark?.lastPosition !== lastPosition) return;
    this.#firstMark++;
    this.#tail = mark.end;
    this.#envelopes -= mark.lines;
  }

  /**
   * Everything up to `position` is settled; lower ones are ignored.
   * @param delivered The last of them that was not refused: a copy of it is kept.
   */
  settle(position: number, delivered: number = position): void {
    if (position <= this.#settled) return;
    this.#settled = position;
    this.#delivered = Math.max(this.#delivered, delivered);
    this.#dropSettledMarks();
    if (this.#wake !== undefined) this.#wake();
  }

  /**
   * The last delivered line, with its line feed. It is what lies before everything
   * that is held, but for what was refused.
   */
  lastDelivered(): Uint8Array | undefined {
    const mark = this.#firstHeld;
    if (mark !== undefined) this.#keepDelivered(mark);
    return this.#kept;
  }

  /**
   * What comes behind a position: the held lines of one run, as far as it lies in one
   * piece. The view stays good until what it shows is settled.
   * @param upTo No line behind this position.
   * @returns `undefined` where nothing is held.
   */
  next(position: number, upTo = Infinity): HeldLines | undefined {
    this.#settleInsideFirstMark();
    const mark = this.#markOf(position + 1);
    if (mark === undefined || position >= upTo) return undefined;
    const first = mark.lastPosition - mark.lines;
    const from = Math.max(position, first);
    const last = Math.min(mark.lastPosition, upTo);
    const start = this.#afterLines(mark.start, mark.end, from - first);
    const end = last === mark.lastPosition
      ? mark.end
      : this.#afterLines(start, mark.end, last - from);
    return { bytes: this.#viewOrCopy(start, end), lines: last - from, last };
  }

  /** A copy of one held line. */
  line(position: number, { withLineFeed = false } = {}): Uint8Array {
    const mark = this.#markOf(position);
    const isHeld = mark !== undefined &&
      position > mark.lastPosition - mark.lines;
    if (!isHeld) throw new RangeError(`${position} is not held`);
    return this.#lineOf(mark, position, withLineFeed);
  }

  #lineOf(mark: Mark, position: number, withLineFeed: boolean): Uint8Array {
    const start = this.#lineStart(mark, position);
    const end = this.#afterLines(start, mark.end, 1);
    this.#found = { position: position + 1, start: end };
    return this.#copy(start, withLineFeed ? end : end - 1);
  }

  /** From where the last look ended, when it is the next line that is wanted. */
  #lineStart(mark: Mark, position: number): number {
    const { start } = this.#found;
    const isNext = this.#found.position === position &&
      start >= mark.start && start < mark.end;
    if (isNext) return start;
    const before = position - (mark.lastPosition - mark.lines) - 1;
    return this.#afterLines(mark.start, mark.end, before);
  }

  get #firstHeld(): Mark | undefined {
    return this.#marks[this.#firstMark];
  }

  /** The first run that reaches to a position. */
  #markOf(position: number): Mark | undefined {
    let low = this.#firstMark;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle].lastPosition >= position) high = middle;
      else low = middle + 1;
    }
    return this.#marks[low];
  }

  /** Copies the last delivered line before its run is given up. */
  #keepDelivered(mark: Mark): void {
    const { lastPosition, lines } = mark;
    const position = this.#delivered;
    if (position <= lastPosition - lines || position > lastPosition) return;
    if (position === this.#keptPosition) return;
    this.#keptPosition = position;
    this.#kept = position === lastPosition
      ? this.#lastLineOf(mark)
      : this.#lineOf(mark, position, true);
  }

  /** Looks backwards: a run may be long, a line is short. */
  #lastLineOf({ start, end }: Mark): Uint8Array {
    const pieces = [...this.#pieces(start, end - 1)].reverse();
    for (const [from, to] of pieces) {
      const at = from % this.capacityBytes;
      const before = this.#scanner.findLastNewline(at, to - from);
      if (before >= 0) return this.#copy(from + before + 1, end);
    }
    return this.#copy(start, end);
  }

  /** A run that wraps is copied. */
  #viewOrCopy(start: number, end: number): Uint8Array {
    const at = start % this.capacityBytes;
    const length = end - start;
    return at + length <= this.capacityBytes
      ? this.#scanner.memory.subarray(at, at + length)
      : this.#copy(start, end);
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
      this.#keepDelivered(mark);
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
    const mark = this.#firstHeld;
    if (mark === undefined) return;
    const settledLines = this.#settled - (mark.lastPosition - mark.lines);
    if (settledLines <= 0) return;
    this.#keepDelivered(mark);
    mark.start = this.#afterLines(mark.start, mark.end, settledLines);
    mark.lines -= settledLines;
    this.#envelopes -= settledLines;
    this.#tail = mark.start;
  }

  /** The offset just behind the nth line feed. */
  #afterLines(start: number, end: number, count: number): number {
    if (count === 0) return start;
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
