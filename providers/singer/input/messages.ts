/**
 * A tap's stdout → envelope lines, schemas and states, in its order.
 *
 * A record's text is moved, never parsed and written again: its digits and its
 * escapes stay as they were. The scanner of JSON Lines tells where it begins and
 * ends, and that it is JSON; a line it doesn't take (NaN, which Python writes, or
 * no JSON at all) goes the slow way of odd_lines.ts.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { JsonLines, type Region } from "@dstream/sdk/files";
import { asObject } from "../json.ts";
import { type OddLines, readMessage } from "./odd_lines.ts";
import type { StreamBook, TapStream } from "./stream_book.ts";

/** What a tap said, in order. */
export type Step =
  | {
    readonly kind: "lines";
    /** Unchanged until the lines after the next are asked for. */
    readonly lines: Uint8Array;
    readonly count: number;
    /** What these lines lead to. */
    readonly state?: Json;
  }
  | { readonly kind: "schema"; readonly stream: TapStream }
  | { readonly kind: "batch"; readonly message: JsonObject };

/** How large things may be; tests choose small ones. */
export interface Limits {
  /** The longest message. */
  readonly maxLineBytes: number;
  /** What is read at once at most. */
  readonly readBytes: number;
}

const LIMITS: Limits = {
  maxLineBytes: 16 * 1024 * 1024,
  readBytes: 256 * 1024,
};

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const BRACE = 0x7b;
const HEAD = Buffer.from('{"data":');
const END = Buffer.from("}}\n");
const NOTHING = new Uint8Array(0);

/** Where each part of a message lies; -1 where it isn't there. */
interface Parts {
  type: number;
  typeTo: number;
  stream: number;
  streamTo: number;
  record: number;
  recordTo: number;
  extracted: number;
  extractedTo: number;
  version: number;
  versionTo: number;
}

/** The messages of one process of a tap. */
export class Messages {
  readonly book: StreamBook;
  readonly #odd: OddLines;
  readonly #limits: Limits;
  readonly #jsonLines: JsonLines;
  readonly #bytes: Buffer;
  readonly #input: Region;
  readonly #members: number[] = [];
  readonly #parts: Parts = noParts();
  #output: Region;
  #spare: Region;
  /** Bytes of a line whose end hasn't come. */
  #rest = 0;
  #written = 0;
  #count = 0;
  #state: Json | undefined;
  #stateAt = 0;
  #stateCount = 0;
  #records = 0;

  constructor(book: StreamBook, odd: OddLines, limits: Limits = LIMITS) {
    this.book = book;
    this.#odd = odd;
    this.#limits = limits;
    const { maxLineBytes, readBytes } = limits;
    const inputBytes = maxLineBytes + readBytes;
    // A record gets its metadata, which are a few KiB at most.
    const outputBytes = maxLineBytes + 64 * 1024;
    this.#jsonLines = new JsonLines([inputBytes, outputBytes, outputBytes]);
    [this.#input, this.#output, this.#spare] = this.#jsonLines.regions;
    this.#bytes = asBuffer(this.#input.bytes);
  }

  /** How many records were passed on. */
  get records(): number {
    return this.#records;
  }

  /**
   * Everything that is whole by now.
   * @throws {FinalError} for what can't be passed on.
   */
  *take(chunk: Uint8Array): Generator<Step> {
    const { readBytes } = this.#limits;
    for (let from = 0; from < chunk.length; from += readBytes) {
      yield* this.#takePiece(chunk.subarray(from, from + readBytes));
    }
  }

  /** What is left when the tap has ended: a last line without its end. */
  *end(): Generator<Step> {
    if (this.#rest > 0) yield* this.take(new Uint8Array([LINE_FEED]));
  }

  *#takePiece(piece: Uint8Array): Generator<Step> {
    const { bytes } = this.#input;
    bytes.set(piece, this.#rest);
    const to = this.#rest + piece.length;
    const wholeTo = bytes.subarray(0, to).lastIndexOf(LINE_FEED) + 1;
    const isText = isUtf8(bytes.subarray(0, wholeTo));
    for (let from = 0; from < wholeTo;) {
      const lineFeed = this.#bytes.indexOf(LINE_FEED, from);
      const isLineText = isText || isUtf8(bytes.subarray(from, lineFeed));
      if (!isLineText || !this.#record(from, lineFeed)) {
        yield* this.#other(from, lineFeed, isLineText);
      }
      from = lineFeed + 1;
    }
    yield* this.#hand();
    bytes.copyWithin(0, wholeTo, to);
    this.#rest = to - wholeTo;
    if (this.#rest > this.#limits.maxLineBytes) throw this.#odd.tooLong();
  }

  /** @returns Whether it was a record of the usual kind, and there was room. */
  #record(from: number, to: number): boolean {
    if (!this.#locate(from, to) || !this.#isRecord()) return false;
    const { stream: at, streamTo } = this.#parts;
    const stream = this.book.find(this.#bytes, at, streamTo);
    return !stream.marksDeletes && this.#write(stream, stream.tail);
  }

  /** Whether what was located is a record with all it needs. */
  #isRecord(): boolean {
    const { type, typeTo, stream, record } = this.#parts;
    const bytes = this.#bytes;
    return isWord(bytes, type, typeTo, "record") && bytes[stream] === QUOTE &&
      bytes[record] === BRACE;
  }

  /** @returns Whether there was room. */
  #write(stream: TapStream, tail: Uint8Array): boolean {
    const { record, recordTo, extracted, extractedTo, version, versionTo } =
      this.#parts;
    const length = HEAD.length + (recordTo - record) + tail.length +
      EXTRACTED.length + (extractedTo - extracted) + VERSION.length +
      (versionTo - version) + END.length;
    if (this.#written + length > this.#output.bytes.length) return false;
    this.#put(HEAD);
    this.#copy(record, recordTo);
    this.#put(tail);
    if (extracted >= 0) {
      this.#put(EXTRACTED), this.#copy(extracted, extractedTo);
    }
    if (version >= 0) this.#put(VERSION), this.#copy(version, versionTo);
    this.#put(END);
    this.#count++;
    this.#records++;
    stream.records++;
    return true;
  }

  #put(bytes: Uint8Array): void {
    this.#output.bytes.set(bytes, this.#written);
    this.#written += bytes.length;
  }

  #copy(from: number, to: number): void {
    this.#output.bytes.set(this.#input.bytes.subarray(from, to), this.#written);
    this.#written += to - from;
  }

  /** @returns Whether the line is one JSON object; its parts are known then. */
  #locate(from: number, to: number): boolean {
    const count = this.#jsonLines.findMembers(this.#input, from, this.#members);
    if (count <= 0) return false;
    const members = this.#members;
    const parts = this.#parts;
    parts.type = parts.stream = parts.record = -1;
    parts.extracted =
      parts.extractedTo =
      parts.version =
      parts.versionTo =
        -1;
    for (let at = 0; at < count * 4; at += 4) {
      this.#note(members[at], members[at + 2], members[at + 3]);
    }
    return this.#endsAfter(members[count * 4 - 1], to);
  }

  /** By the length and the first letter of a key with its quotes. */
  #note(key: number, value: number, valueTo: number): void {
    const parts = this.#parts;
    const bytes = this.#bytes;
    switch (bytes[key + 1]) {
      case 0x74: // t
        if (isWord(bytes, key, key + 6, "type")) {
          parts.type = value, parts.typeTo = valueTo;
        } else if (isWord(bytes, key, key + 16, "time_extracted")) {
          // null says nothing.
          if (bytes[value] !== QUOTE) return;
          parts.extracted = value, parts.extractedTo = valueTo;
        }
        break;
      case 0x73: // s
        if (isWord(bytes, key, key + 8, "stream")) {
          parts.stream = value, parts.streamTo = valueTo;
        }
        break;
      case 0x72: // r
        if (isWord(bytes, key, key + 8, "record")) {
          parts.record = value, parts.recordTo = valueTo;
        }
        break;
      case 0x76: // v
        if (isWord(bytes, key, key + 9, "version")) {
          if (bytes[value] === 0x6e) return; // null
          parts.version = value, parts.versionTo = valueTo;
        }
        break;
    }
  }

  /** Behind the last member: a brace, and blanks up to the line's end. */
  #endsAfter(from: number, to: number): boolean {
    let braces = 0;
    for (let at = from; at < to; at++) {
      const byte = this.#bytes[at];
      if (byte === 0x7d) braces++;
      else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
    }
    return braces === 1;
  }

  /** Whatever isn't a record of the usual kind. */
  *#other(from: number, to: number, isText: boolean): Generator<Step> {
    // There was no room, or it needs a look into it.
    if (isText && this.#locate(from, to) && this.#isRecord()) {
      yield* this.#slowRecord();
      return;
    }
    const message = readMessage(this.#bytes.subarray(from, to), this.#odd);
    if (message !== undefined) yield* this.#say(message);
  }

  *#slowRecord(): Generator<Step> {
    const { record, recordTo, stream: at, streamTo } = this.#parts;
    const stream = this.book.find(this.#bytes, at, streamTo);
    const tail = stream.marksDeletes
      ? stream.tailOf(this.#bytes.toString("utf8", record, recordTo))
      : stream.tail;
    if (this.#write(stream, tail)) return;
    yield* this.#hand();
    if (!this.#write(stream, tail)) throw this.#odd.tooLong();
  }

  *#say(message: JsonObject): Generator<Step> {
    switch (String(message.type).toUpperCase()) {
      case "RECORD":
        yield* this.#rewritten(message);
        break;
      case "STATE":
        this.#state = message.value ?? null;
        this.#stateAt = this.#written;
        this.#stateCount = this.#count;
        break;
      case "SCHEMA": {
        const stream = this.book.learn(message);
        if (stream === undefined) break;
        yield* this.#hand();
        yield { kind: "schema", stream };
        break;
      }
      case "ACTIVATE_VERSION":
        yield* this.#line(this.book.activation(message));
        break;
      case "BATCH":
        yield* this.#hand();
        yield { kind: "batch", message };
        break;
      default:
        this.#odd.unknownType(String(message.type));
    }
  }

  /** A record that had to be written anew. */
  *#rewritten(message: JsonObject): Generator<Step> {
    const { stream, record } = message;
    if (typeof stream !== "string" || asObject(record) === undefined) {
      return this.#odd.stray("a RECORD without stream or record");
    }
    const known = this.book.get(stream);
    yield* this.#line(known.envelope(message));
    known.records++;
    this.#records++;
  }

  *#line(line: Uint8Array | undefined): Generator<Step> {
    if (line === undefined) return;
    if (line.length > this.#limits.maxLineBytes) throw this.#odd.tooLong();
    const room = this.#output.bytes.length - this.#written;
    if (line.length > room) yield* this.#hand();
    this.#put(line);
    this.#count++;
  }

  /** Hands out what was written; the state stands where it was said. */
  *#hand(): Generator<Step> {
    const { bytes } = this.#output;
    const [written, count] = [this.#written, this.#count];
    const [state, at, stateCount] = [
      this.#state,
      this.#stateAt,
      this.#stateCount,
    ];
    if (count === 0 && state === undefined) return;
    [this.#output, this.#spare] = [this.#spare, this.#output];
    this.#written = this.#count = 0;
    this.#state = undefined;
    if (state === undefined) {
      yield { kind: "lines", lines: bytes.subarray(0, written), count };
      return;
    }
    const lines = at === 0 ? NOTHING : bytes.subarray(0, at);
    yield { kind: "lines", lines, count: stateCount, state };
    if (count === stateCount) return;
    const rest = bytes.subarray(at, written);
    yield { kind: "lines", lines: rest, count: count - stateCount };
  }
}

const EXTRACTED = Buffer.from(',"time_extracted":');
const VERSION = Buffer.from(',"version":');

/** Whether `"word"`, with its quotes and in any case, stands there. */
function isWord(
  bytes: Uint8Array,
  from: number,
  to: number,
  word: string,
): boolean {
  if (from < 0 || to - from !== word.length + 2) return false;
  if (bytes[from] !== QUOTE || bytes[to - 1] !== QUOTE) return false;
  for (let index = 0; index < word.length; index++) {
    const byte = bytes[from + 1 + index] | 0x20;
    if (byte !== (word.charCodeAt(index) | 0x20)) return false;
  }
  return true;
}

function noParts(): Parts {
  return {
    type: -1,
    typeTo: -1,
    stream: -1,
    streamTo: -1,
    record: -1,
    recordTo: -1,
    extracted: -1,
    extractedTo: -1,
    version: -1,
    versionTo: -1,
  };
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}
