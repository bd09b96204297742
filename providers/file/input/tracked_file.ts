/**
 * One file while it is being read: the open handle, the reader on it, its place.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { fileFailure } from "@dstream/sdk/files";
import type { Buffers } from "./buffers.ts";
import {
  type ByteSource,
  type Compression,
  compressionOf,
  DecompressedSource,
  PlainSource,
} from "./byte_source.ts";
import { createFormat } from "./create_format.ts";
import type { CsvOptions } from "./csv_format.ts";
import type { FittingSchemas } from "@dstream/sdk/changes";
import { type FormatName, formatOf } from "./format.ts";
import {
  type Head,
  identityOf,
  type OpenFile,
  type Place,
  readHead,
  readTail,
} from "./place.ts";
import {
  type OnInvalid,
  type ReaderOptions,
  RecordReader,
} from "./record_reader.ts";
import { hash, Tail } from "./tail.ts";

/** What is the same for every file of a run. */
export interface Reading {
  readonly buffers: Buffers;
  readonly log: Logger;
  /** Left out: by the file's name. */
  readonly format: FormatName | undefined;
  readonly csv: CsvOptions;
  readonly schemas: FittingSchemas;
  readonly onInvalid: OnInvalid;
}

/** Opens a file; the caller closes it or hands it to {@link TrackedFile}. */
export function openFile(path: string): OpenFile {
  try {
    const file = Deno.openSync(path, { read: true });
    return { path, file, info: file.statSync() };
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

export class TrackedFile {
  readonly #open: OpenFile;
  readonly #source: ByteSource;
  readonly reader: RecordReader;
  readonly #compression: Compression;
  #head: Head;
  /** Changes when the file was renamed. */
  path: string;

  private constructor(
    open: OpenFile,
    source: ByteSource,
    reader: RecordReader,
    head: Head,
  ) {
    this.#open = open;
    this.#source = source;
    this.reader = reader;
    this.#head = head;
    this.#compression = compressionOf(open.path);
    this.path = open.path;
  }

  /**
   * Goes on from `place`, or reads from the begin.
   * @returns `undefined` when a compressed file turns out not to be the one the
   * place belongs to.
   */
  static async start(
    open: OpenFile,
    place: Place | undefined,
    reading: Reading,
  ): Promise<TrackedFile | undefined> {
    const { path } = open;
    const name = reading.format ?? formatOf(path) ?? "jsonl";
    const { jsonLines } = reading.buffers;
    const format = createFormat(name, path, jsonLines, reading.csv);
    const options = { ...reading, file: path, format };
    const head = readHead(open.file);
    const { offset, line } = await afterHeader(place, options);
    const source = createSource(open);
    const tail = await goTo(source, offset, reading.buffers);
    if (tail === undefined || isOther(tail, place, offset)) {
      await source.close();
      return undefined;
    }
    const reader = new RecordReader({ ...options, source, offset, line, tail });
    return new TrackedFile(open, source, reader, head);
  }

  /** The handle, and what it was when opened. */
  get open(): OpenFile {
    return this.#open;
  }

  /** Where the reader stands. */
  place(isAtEnd = false): Place {
    const { offset, line, tail } = this.reader;
    return {
      path: this.path,
      offset,
      line,
      tail: hash(tail.bytes),
      head: this.#currentHead(),
      ...identityOf(this.#open.info),
      ...(isAtEnd && this.#compression !== "none"
        ? { size: this.#open.info.size }
        : {}),
    };
  }

  /**
   * The place of a record that will be mended before anybody goes on: only what
   * was read has to stay as it is.
   */
  placeOfInvalid(): Place {
    const place = this.place();
    if (this.#compression !== "none") return place;
    return { ...place, head: readHead(this.#open.file, place.offset) };
  }

  /**
   * Whether what was read is still there: its begin and what stands before the
   * place. Else it was cut, and perhaps has grown beyond its old length since.
   */
  hasWhatWasRead(size: number): boolean {
    const { offset, tail } = this.reader;
    if (size < offset) return false;
    const head = readHead(this.#open.file, this.#head.bytes);
    if (head.hash !== this.#head.hash) return false;
    return hash(readTail(this.#open.file, offset)) === hash(tail.bytes);
  }

  /** The place in what was read, when something else stands there by now. */
  placeInOld(): Place {
    const { offset, line, tail } = this.reader;
    const head = this.#head;
    return { path: this.path, offset, line, tail: hash(tail.bytes), head };
  }

  /** Drops a half line; what is there is delivered again when asked for. */
  rewind(): void {
    this.reader.forget();
    if (this.#source instanceof PlainSource) {
      this.#source.seek(this.reader.offset);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.close();
  }

  /** A file that grows has a begin that grows. */
  #currentHead(): Head {
    const { offset } = this.reader;
    if (
      this.#compression === "none" && this.#head.bytes < Math.min(offset, 1024)
    ) {
      this.#head = readHead(this.#open.file);
    }
    return this.#head;
  }
}

/**
 * Where to go on: a header is read again, since the format needs it, and a place
 * inside of it is moved behind it.
 */
async function afterHeader(
  place: Place | undefined,
  options: Omit<ReaderOptions, "source" | "offset" | "line">,
): Promise<{ offset: number; line: number }> {
  const { offset, line } = place ?? { offset: 0, line: 1 };
  if (offset === 0 || options.format.header === undefined) {
    return { offset, line };
  }
  const source = createSource(openFile(options.file));
  try {
    const scout = new RecordReader({ ...options, source, offset: 0, line: 1 });
    await scout.passHeader();
    return scout.offset > offset ? scout : { offset, line };
  } finally {
    await source.close();
  }
}

function createSource({ path, file }: OpenFile): ByteSource {
  const compression = compressionOf(path);
  return compression === "none"
    ? new PlainSource(path, file)
    : new DecompressedSource(path, file, compression);
}

/** @returns The bytes before the offset, or `undefined`: it isn't so long. */
async function goTo(
  source: ByteSource,
  offset: number,
  buffers: Buffers,
): Promise<Tail | undefined> {
  const tail = new Tail();
  if (source instanceof PlainSource) {
    tail.push(readTail(source.file, offset));
    source.seek(offset);
    return tail;
  }
  for (let skipped = 0; skipped < offset;) {
    const { bytes } = buffers.spare;
    const room = bytes.subarray(0, Math.min(1 << 20, offset - skipped));
    const length = await source.read(room);
    if (length === 0) return undefined;
    tail.push(room.subarray(0, length));
    skipped += length;
  }
  return tail;
}

function isOther(
  tail: Tail,
  place: Place | undefined,
  offset: number,
): boolean {
  return place !== undefined && place.offset === offset &&
    hash(tail.bytes) !== place.tail;
}
