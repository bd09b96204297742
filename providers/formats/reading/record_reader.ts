/**
 * One file from a place on, as batches of envelope lines.
 *
 * Reads blocks, lets the format take whole records from them and keeps what is
 * left for the next block. A record that isn't what the format says is handled
 * here, by the config's `on_invalid`: all that came before it is handed on first.
 *
 * Which file comes next is input.ts; where it was left is place.ts.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import type { FittingSchemas, TableSchema } from "@dstream/sdk/changes";
import type { Buffers } from "./buffers.ts";
import type { ByteSource } from "./byte_source.ts";
import {
  type Block,
  BYTE_ORDER_MARK,
  type Format,
  otherEncoding,
  type Problem,
  type Taken,
} from "./format.ts";
import type { Origin } from "./origin.ts";
import { Tail } from "./tail.ts";
import { wrongRecordLine } from "./wrong_record.ts";

/** What to do with a record that is not what the format says. */
export type OnInvalid = "fail" | "skip" | "replace" | "dead_letter";

/** Envelope lines, and where the file stands after them. */
export interface Chunk {
  /** Unchanged until the chunk after the next one is asked for. */
  readonly lines: Uint8Array;
  readonly lineCount: number;
  /** What the lines look like, where that is known. */
  readonly schema?: TableSchema;
}

/** One file, from a place on. */
export interface FileReader {
  /**
   * The next envelopes, or `undefined` at the end of what is there.
   * @param isWhole The end is the file's end, so a last line without a line feed
   * counts; otherwise it waits for more.
   */
  next(isWhole: boolean): Promise<Chunk | undefined>;
  /** What was read: bytes of the unpacked file, or rows of Parquet. */
  readonly offset: number;
  /** The number of the record at {@link offset}, or of its line. */
  readonly line: number;
  /** What stands before {@link offset}; of Parquet at the file's end. */
  readonly tail: Tail;
}

/** What a reader needs. */
export interface ReaderOptions {
  readonly origin: Origin;
  /** Delivers from `offset` on. */
  readonly source: ByteSource;
  readonly format: Format;
  readonly buffers: Buffers;
  readonly schemas: FittingSchemas;
  readonly onInvalid: OnInvalid;
  readonly log: Logger;
  readonly offset: number;
  /** The number of the line at `offset`. */
  readonly line: number;
  /** What is before `offset`, if that isn't 0. */
  readonly tail?: Tail;
}

/** A shorter run of NUL bytes at a line's begin may be what somebody wrote. */
const HOLE_BYTES = 32;

/** This many bad records are logged one by one, then every thousandth. */
const LOGGED_ONE_BY_ONE = 10;
const LINE_FEED = 0x0a;
/** Less isn't worth a call of the system. */
const LEAST_READ_BYTES = 1024;

export class RecordReader implements FileReader {
  readonly #options: ReaderOptions;
  /** The last bytes before {@link offset}. */
  readonly tail: Tail;
  #offset: number;
  #line: number;
  #isHeaderTaken: boolean;
  /** What was read and not taken lies there in the buffers' input. */
  #from = 0;
  #to = 0;
  /** The end was seen, and the last line has its line feed. */
  #isCompleted = false;
  /** Whether that line feed isn't in the file. */
  #isLineFeedAdded = false;
  #invalidCount = 0;
  /** What was read last are NUL bytes that are left out. */
  #isInHole = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#offset = options.offset;
    this.#line = options.line;
    const { format, offset } = options;
    this.#isHeaderTaken = format.header === undefined || offset > 0;
    this.tail = options.tail ?? new Tail();
  }

  /** Bytes of the file (decompressed) before the first record not taken. */
  get offset(): number {
    return this.#offset;
  }

  /** The number of the line at {@link offset}. */
  get line(): number {
    return this.#line;
  }

  /** How many records were left out so far. */
  get invalidCount(): number {
    return this.#invalidCount;
  }

  /**
   * The next envelopes, or `undefined` at the end of what is there.
   * @param isWhole The end is the file's end, so a last line without a line feed
   * counts; otherwise it waits for more, and {@link forget} must follow.
   * @throws {FinalError} `file.record_invalid`, `file.line_too_long`
   */
  async next(isWhole: boolean): Promise<Chunk | undefined> {
    for (;;) {
      const chunk = this.#take();
      if (chunk !== undefined) return chunk;
      if (await this.#fill()) continue;
      if (!isWhole || this.#from === this.#to) return undefined;
      if (this.#isCompleted) throw new Error("a format left a rest");
      this.#complete();
    }
  }

  /** Reads only what stands before the first record. */
  async passHeader(): Promise<void> {
    while (!this.#isHeaderTaken) {
      this.#passHole();
      const { consumedTo, passedLines, problem } = this.#takeOnce();
      this.#advance(consumedTo, passedLines);
      if (problem !== undefined) this.#handleProblem(problem);
      if (this.#isHeaderTaken || await this.#fill()) continue;
      if (this.#isCompleted) return;
      this.#complete();
    }
  }

  /** Drops what was read and not taken; the source then delivers it again. */
  forget(): void {
    this.#from = 0;
    this.#to = 0;
  }

  get #input() {
    return this.#options.buffers.input;
  }

  get #limits() {
    return this.#options.buffers.limits;
  }

  /** Takes records from what was read; `undefined` when more must be read. */
  #take(): Chunk | undefined {
    while (this.#from < this.#to) {
      this.#passHole();
      if (this.#from === this.#to) return undefined;
      const taken = this.#takeOnce();
      const { problem, consumedTo, lineCount } = taken;
      const hasMoved = consumedTo > this.#from;
      this.#advance(consumedTo, taken.passedLines);
      if (lineCount > 0) return this.#handOut(taken);
      if (problem !== undefined) {
        const replaced = this.#handleProblem(problem);
        if (replaced !== undefined) return replaced;
      } else if (!hasMoved) return undefined;
    }
    return undefined;
  }

  #takeOnce(): Taken {
    const { format, buffers } = this.#options;
    const block: Block = {
      input: this.#input,
      from: this.#from,
      to: this.#to,
      isEnd: this.#isCompleted,
      line: this.#line,
      output: buffers.output,
    };
    if (this.#isHeaderTaken) return format.take(block);
    const header = format.header!.take(block);
    this.#isHeaderTaken = header.isHeaderTaken ?? false;
    return header;
  }

  #advance(consumedTo: number, passedLines: number): void {
    const isAddedOne = this.#isLineFeedAdded && consumedTo === this.#to;
    const end = isAddedOne ? consumedTo - 1 : consumedTo;
    this.tail.push(this.#input.bytes.subarray(this.#from, end));
    this.#offset += end - this.#from;
    this.#line += passedLines;
    this.#from = consumedTo;
  }

  #handOut({ lines, lineCount }: Taken): Chunk {
    const { buffers, format, schemas } = this.#options;
    buffers.handOut(lines);
    const schema = schemas.fitting(format.schema);
    return { lines, lineCount, ...(schema === undefined ? {} : { schema }) };
  }

  /**
   * NUL bytes where a record should begin: a sparse file, because its writer went on
   * behind a cut, or a machine lost its power. No byte of a record is in them.
   */
  #passHole(): void {
    const { bytes } = this.#input;
    if (bytes[this.#from] !== 0) {
      this.#isInHole = false;
      return;
    }
    let to = this.#from;
    while (to < this.#to && bytes[to] === 0) to++;
    if (to - this.#from < HOLE_BYTES && !this.#isInHole) return;
    if (!this.#isInHole) this.#warnOfHole();
    this.#advance(to, 0);
    this.#isInHole = this.#from === this.#to;
  }

  #warnOfHole(): void {
    const { origin, log } = this.#options;
    log.warn(
      `${origin.name}, line ${this.#line}, begins with a hole of NUL bytes`,
      origin.fields({ line: this.#line, offset: this.#offset }),
    );
  }

  /** Puts the rest where a block can be read behind it. */
  #makeRoom(): void {
    const { buffers } = this.#options;
    const { bytes } = buffers.input;
    const rest = bytes.subarray(this.#from, this.#to);
    if (buffers.freeInput()) buffers.input.bytes.set(rest);
    else if (this.#to + this.#limits.readBytes < bytes.length) return;
    else bytes.copyWithin(0, this.#from, this.#to);
    this.#from = 0;
    this.#to = rest.length;
  }

  /** @returns Whether anything was added. */
  async #fill(): Promise<boolean> {
    if (this.#isCompleted) return false;
    const { maxLineBytes, readBytes } = this.#limits;
    if (this.#to - this.#from > maxLineBytes) throw this.#lineTooLong();
    this.#makeRoom();
    const { bytes } = this.#input;
    const { batchBytes } = this.#options.buffers;
    const wantedBytes = Math.max(LEAST_READ_BYTES, batchBytes());
    const end = this.#to + Math.min(readBytes, wantedBytes);
    const target = bytes.subarray(this.#to, end);
    const length = await this.#options.source.read(target);
    this.#to += length;
    if (this.#offset === 0 && this.#from === 0) this.#readByteOrderMark();
    return length > 0;
  }

  #readByteOrderMark(): void {
    const { bytes } = this.#input;
    const reason = otherEncoding(bytes.subarray(0, this.#to));
    if (reason !== undefined) throw this.#otherEncoding(reason);
    if (this.#to < BYTE_ORDER_MARK.length) return;
    if (BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)) {
      this.#advance(BYTE_ORDER_MARK.length, 0);
    }
  }

  /** Nothing follows: ends the last line if its line feed is missing. */
  #complete(): void {
    const { bytes } = this.#input;
    this.#isCompleted = true;
    if (bytes[this.#to - 1] === LINE_FEED) return;
    this.#isLineFeedAdded = true;
    bytes[this.#to++] = LINE_FEED;
  }

  /** @returns The record made right, if that is what the config wants. */
  #handleProblem(problem: Problem): Chunk | undefined {
    const { onInvalid } = this.#options;
    if (onInvalid === "replace" && problem.isEncoding) {
      const taken = this.#replace(problem);
      if (taken !== undefined) {
        return taken.lineCount > 0 ? this.#handOut(taken) : undefined;
      }
    } else if (onInvalid === "skip" && this.#isHeaderTaken) {
      this.#logSkipped(problem);
      this.#advance(problem.recordTo, problem.lines);
      return undefined;
    } else if (onInvalid === "dead_letter" && this.#isHeaderTaken) {
      return this.#refuse(problem);
    }
    throw this.#invalid(problem);
  }

  /** What transforms and outputs will refuse. */
  #refuse({ reason, recordTo, lines }: Problem): Chunk {
    const { origin, format } = this.#options;
    const wrong = wrongRecordLine({
      origin,
      line: this.#line,
      table: format.schema?.table,
      reason,
      bytes: this.#input.bytes.subarray(this.#from, recordTo),
    });
    this.#advance(recordTo, lines);
    return { lines: wrong, lineCount: 1 };
  }

  /** The record with U+FFFD for what is no UTF-8. */
  #replace(problem: Problem): Taken | undefined {
    const { format, buffers } = this.#options;
    const record = this.#input.bytes.subarray(this.#from, problem.recordTo);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(record);
    const { spare, output } = buffers;
    const { read, written } = new TextEncoder().encodeInto(text, spare.bytes);
    if (read < text.length) return undefined;
    const part = this.#isHeaderTaken ? format : format.header!;
    const taken = part.take({
      input: spare,
      from: 0,
      to: written,
      isEnd: true,
      line: this.#line,
      output,
    });
    if (taken.problem !== undefined || taken.consumedTo < written) {
      return undefined;
    }
    this.#isHeaderTaken ||= taken.isHeaderTaken ?? false;
    this.#advance(problem.recordTo, problem.lines);
    return taken;
  }

  #logSkipped({ reason }: Problem): void {
    const count = ++this.#invalidCount;
    if (count > LOGGED_ONE_BY_ONE && count % 1000 !== 0) return;
    const { origin, log } = this.#options;
    log.warn(
      `left out ${origin.name}, line ${this.#line}: it ${reason}`,
      origin.fields({ line: this.#line, left_out: count }),
    );
  }

  #invalid({ reason }: Problem): FinalError {
    const { name, configKey: key } = this.#options.origin;
    const hint = this.#isHeaderTaken
      ? 'on_invalid = "skip" leaves such records out, "dead_letter" keeps them'
      : "or name the columns in the config, with header = true";
    return new FinalError(
      "file.record_invalid",
      `${name}, line ${this.#line}, ${reason}`,
      { key, hint },
    );
  }

  /** Not a line of it would be right, so `on_invalid` has no say. */
  #otherEncoding(reason: string): FinalError {
    const { name, configKey: key } = this.#options.origin;
    return new FinalError("file.record_invalid", `${name}, line 1, ${reason}`, {
      key,
      hint: "make it UTF-8, for example: iconv -f UTF-16 -t UTF-8",
    });
  }

  #lineTooLong(): FinalError {
    const { name, configKey: key } = this.#options.origin;
    const { maxLineBytes } = this.#limits;
    return new FinalError(
      "file.line_too_long",
      `${name}, line ${this.#line}, is longer than ${maxLineBytes} bytes`,
      { key, hint: "is the format right, and is every quote closed?" },
    );
  }
}
