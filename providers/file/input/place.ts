/**
 * How far each file was read, so that a later run goes on exactly there.
 *
 * A place is known again by the file's identity on the disk (which survives being
 * renamed) or its path, and in either case by its first bytes and by those just
 * before the place. What fails that is another file, or a changed one, and is read
 * from its begin: repeating is allowed, leaving out is not.
 *
 * @module
 */

import { FinalError, type Json } from "@dstream/sdk";
import { compressionOf, hash, TAIL_BYTES } from "../../formats/reading/mod.ts";

/** How much of a file's begin is compared. */
const HEAD_BYTES = 1024;
const STATE_VERSION = 1;
const STEP_BYTES = 65_536;
const LINE_FEED = 0x0a;

/** The first bytes of a file. */
export interface Head {
  readonly bytes: number;
  readonly hash: string;
}

/** Where one file was left. JSON, with these very names. */
export interface Place {
  /** As the user names it. */
  readonly path: string;
  /** Bytes (decompressed) before the next record; of Parquet rows. */
  readonly offset: number;
  /** The number of the line at `offset`. */
  readonly line: number;
  /** Hash of the last bytes before `offset`; of Parquet of the file's last bytes. */
  readonly tail: string;
  readonly head: Head;
  /** What `offset` counts, if not bytes. */
  readonly unit?: "rows";
  /** Identity on the disk, where the system has one. */
  readonly dev?: number;
  readonly ino?: number;
  /** Of a file that can't grow, read to its end: how long it was on the disk. */
  readonly size?: number;
  /** Of a followed file: when the system made it, and when it was last written. */
  readonly bornMs?: number;
  readonly mtimeMs?: number;
}

/** A file that is open for reading. */
export interface OpenFile {
  readonly path: string;
  readonly file: Deno.FsFile;
  readonly info: Deno.FileInfo;
}

/** What is known of a file that is there. */
export type Known =
  | { readonly kind: "same" | "changed"; readonly place: Place }
  /** Another file has its name; its place may fit one that is looked at later. */
  | { readonly kind: "replaced" };

/** The places of an earlier run. */
export class Places {
  readonly #places: Place[];

  /** @throws {FinalError} `file.state_invalid` */
  constructor(resume: Json | undefined) {
    this.#places = resume === undefined ? [] : parseState(resume);
  }

  /** Those that no file was found for. */
  get left(): readonly Place[] {
    return this.#places;
  }

  /**
   * Finds and takes the place of a file.
   * @returns "changed" when the file was there and has other content now;
   * `undefined` for a new one.
   */
  take(open: OpenFile): Known | undefined {
    const sameFile = this.#places.filter((place) =>
      isSameFile(place, open.info)
    );
    const samePath = this.#places.filter(({ path }) => path === open.path);
    const known = [...sameFile, ...samePath];
    const fitting = known.find((place) => isUnchanged(place, open));
    if (known.length === 0) return undefined;
    const isReplaced = known[0].ino !== undefined && sameFile.length === 0;
    if (fitting === undefined && isReplaced) {
      return { kind: "replaced" };
    }
    const taken = fitting ?? known[0];
    this.#places.splice(this.#places.indexOf(taken), 1);
    return { kind: fitting === undefined ? "changed" : "same", place: taken };
  }
}

/** The state a run hands to the next. */
export function stateOf(places: Iterable<Place>): Json {
  return { version: STATE_VERSION, files: [...places] as unknown as Json };
}

/** The identity on the disk, as far as there is one. */
export function identityOf(
  info: Deno.FileInfo,
): Pick<Place, "dev" | "ino"> {
  const { dev, ino } = info;
  return ino === null || ino === 0 ? {} : { dev, ino };
}

/** Whether the identities are there and equal. */
export function isSameFile(
  place: Pick<Place, "dev" | "ino">,
  info: Deno.FileInfo,
): boolean {
  const { dev, ino } = identityOf(info);
  return ino !== undefined && place.ino === ino && place.dev === dev;
}

/** What a file begins with now; its read position stays where it was. */
export function readHead(file: Deno.FsFile, maxBytes = HEAD_BYTES): Head {
  const bytes = readAt(file, 0, Math.min(maxBytes, HEAD_BYTES));
  return { bytes: bytes.length, hash: hash(bytes) };
}

/** The bytes before an offset that a place's `tail` is the hash of. */
export function readTail(file: Deno.FsFile, offset: number): Uint8Array {
  const length = Math.min(offset, TAIL_BYTES);
  return readAt(file, offset - length, length);
}

/** After the last line feed there is now; lines are counted from there. */
export function placeAtEnd({ path, file, info }: OpenFile): Place {
  const offset = afterLastLineFeed(file, info.size);
  const tail = hash(readTail(file, offset));
  const head = readHead(file, offset);
  return { path, offset, line: 1, tail, head, ...identityOf(info) };
}

function afterLastLineFeed(file: Deno.FsFile, size: number): number {
  for (let end = size; end > 0; end -= STEP_BYTES) {
    const from = Math.max(0, end - STEP_BYTES);
    const index = readAt(file, from, end - from).lastIndexOf(LINE_FEED);
    if (index >= 0) return from + index + 1;
  }
  return 0;
}

/** Bytes from any place; the read position stays where it was. */
export function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const before = file.seekSync(0, Deno.SeekMode.Current);
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  file.seekSync(before, Deno.SeekMode.Start);
  return bytes.subarray(0, filled);
}

/** Whether what was read is there, as far as its begin and its end tell. */
export function isUnchanged(
  place: Place,
  { path, file, info }: OpenFile,
): boolean {
  const { bytes, hash: expected } = place.head;
  const head = readHead(file, bytes);
  if (head.bytes !== bytes || head.hash !== expected) return false;
  // Inside a compressed file is only seen while it is read.
  if (compressionOf(path) !== "none") return true;
  if (place.unit === "rows") {
    return hash(readTail(file, info.size)) === place.tail;
  }
  if (info.size < place.offset) return false;
  return hash(readTail(file, place.offset)) === place.tail;
}

function parseState(state: Json): Place[] {
  const { version, files } = state as { version?: number; files?: Place[] };
  if (version !== STATE_VERSION || !Array.isArray(files)) {
    throw invalidState(`its version is ${JSON.stringify(version ?? null)}`);
  }
  for (const place of files) {
    const isPlace = typeof place?.path === "string" &&
      Number.isSafeInteger(place.offset) && Number.isSafeInteger(place.line) &&
      typeof place.tail === "string" && typeof place.head?.hash === "string" &&
      Number.isSafeInteger(place.head.bytes);
    if (!isPlace) throw invalidState("it holds something that is no place");
  }
  return [...files];
}

function invalidState(why: string): FinalError {
  return new FinalError(
    "file.state_invalid",
    `cannot go on from the stored state: ${why}`,
    { hint: "it was written by another version, or damaged" },
  );
}
