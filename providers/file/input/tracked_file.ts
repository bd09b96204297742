/**
 * One file while it is being read: the open handle, the reader on it, its place.
 *
 * @module
 */

import { fileFailure } from "@dstream/sdk/files";
import {
  type ByteSource,
  compressionOf,
  type FileReader,
  formatOf,
  hash,
  openParquet,
  openText,
  Origin,
  PlainSource,
  type Reading,
  skipTo,
  StreamSource,
  Tail,
  type WholeFile,
} from "../../formats/reading/mod.ts";
import { wholeKind } from "./config.ts";
import {
  type Head,
  identityOf,
  type OpenFile,
  type Place,
  readAt,
  readHead,
  readTail,
} from "./place.ts";

/** Opens a file; the caller closes it or hands it to {@link TrackedFile}. */
export function openFile(path: string): OpenFile {
  try {
    const file = Deno.openSync(path, { read: true });
    return { path, file, info: file.statSync() };
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

/** The reader of a file, and what stands below it. */
interface Opened {
  readonly reader: FileReader;
  /** Of text. */
  readonly source?: ByteSource;
  /** Of text: drops a half line. */
  readonly forget?: () => void;
}

export class TrackedFile {
  readonly #open: OpenFile;
  readonly #opened: Opened;
  /** It can't grow. */
  readonly #isWhole: boolean;
  readonly #isTable: boolean;
  #head: Head;
  /** Changes when the file was renamed. */
  path: string;

  private constructor(
    open: OpenFile,
    opened: Opened,
    head: Head,
    reading: Reading,
  ) {
    this.#open = open;
    this.#opened = opened;
    this.#head = head;
    const whole = wholeKind(open.path, reading.format);
    this.#isWhole = whole !== undefined;
    this.#isTable = opened.source === undefined;
    this.path = open.path;
  }

  /**
   * Goes on from `place`, or reads from the begin.
   * @returns `undefined` when the file turns out not to be the one the place belongs
   * to.
   */
  static async start(
    open: OpenFile,
    place: Place | undefined,
    reading: Reading,
  ): Promise<TrackedFile | undefined> {
    const head = readHead(open.file);
    const opened = await openReader(open, place, reading);
    return opened && new TrackedFile(open, opened, head, reading);
  }

  get reader(): FileReader {
    return this.#opened.reader;
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
      ...(this.#isTable ? { unit: "rows" } : {}),
      ...(isAtEnd && this.#isWhole ? { size: this.#open.info.size } : {}),
    };
  }

  /**
   * The place of a record that will be mended before anybody goes on: only what
   * was read has to stay as it is.
   */
  placeOfInvalid(): Place {
    const place = this.place();
    if (this.#isWhole) return place;
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
    const { source, forget } = this.#opened;
    forget?.();
    if (source instanceof PlainSource) source.seek(this.reader.offset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { source } = this.#opened;
    if (source !== undefined) await source.close();
    else this.#open.file.close();
  }

  /** A file that grows has a begin that grows. */
  #currentHead(): Head {
    const { offset } = this.reader;
    if (!this.#isWhole && this.#head.bytes < Math.min(offset, 1024)) {
      this.#head = readHead(this.#open.file);
    }
    return this.#head;
  }
}

async function openReader(
  open: OpenFile,
  place: Place | undefined,
  reading: Reading,
): Promise<Opened | undefined> {
  const { path, file } = open;
  const origin = new Origin({ name: path, label: "file", configKey: "path" });
  const name = reading.format ?? formatOf(path) ?? "jsonl";
  if (name === "parquet") {
    const reader = await openParquet(wholeFile(open), origin, place, reading)
      .catch((error) => {
        file.close();
        throw error;
      });
    if (isOtherTable(reader.tail, place)) {
      file.close();
      return undefined;
    }
    return { reader };
  }
  if (place?.unit === "rows") {
    file.close();
    return undefined;
  }
  const goTo = (source: ByteSource, offset: number) =>
    tailAt(source, offset, reading);
  const openPart = (part: "header" | "all") =>
    createSource(part === "all" ? open : openFile(path));
  const text = await openText(
    name,
    { origin, open: openPart, goTo },
    place,
    reading,
  );
  if (text === undefined) return undefined;
  const { reader, source } = text;
  if (isOther(reader.tail, place, reader.offset)) {
    await source.close();
    return undefined;
  }
  return { reader, source, forget: () => reader.forget() };
}

function wholeFile({ file, info }: OpenFile): WholeFile {
  return {
    sizeBytes: info.size,
    read: (offset, lengthBytes) => readAt(file, offset, lengthBytes),
  };
}

function createSource({ path, file }: OpenFile): ByteSource {
  const compression = compressionOf(path);
  return compression === "none"
    ? new PlainSource(path, file)
    : StreamSource.ofFile(path, file, compression);
}

/** @returns The bytes before the offset, or `undefined`: it isn't so long. */
async function tailAt(
  source: ByteSource,
  offset: number,
  { buffers }: Reading,
): Promise<Tail | undefined> {
  const tail = new Tail();
  if (!(source instanceof PlainSource)) {
    return await skipTo(source, offset, tail, buffers);
  }
  tail.push(readTail(source.file, offset));
  source.seek(offset);
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

function isOtherTable(tail: Tail, place: Place | undefined): boolean {
  return place !== undefined &&
    (place.unit !== "rows" || hash(tail.bytes) !== place.tail);
}
