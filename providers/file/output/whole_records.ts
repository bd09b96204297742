/**
 * Finds where a file's last whole record ends, after its writer was killed.
 *
 * What is behind that was never acknowledged and comes again, so it can be cut off.
 * A kill leaves half a record; a power failure may leave zeros in place of what had
 * not reached the disk.
 *
 * @module
 */

import { finalFileFailure } from "@dstream/sdk/files";
import { type RecordEnd, zstdFrames } from "../../formats/mod.ts";
import type { Packing } from "./member_writer.ts";

/** How a file's records end. */
export type RecordKind = RecordEnd | Packing;

const STEP_BYTES = 1024 * 1024;
/** A gzip member of ours holds a batch, or one line of at most 16 MiB. */
const MAX_MEMBER_BYTES = 20 * 1024 * 1024;
const GZIP_HEADER_BYTES = 10;
const GZIP_TRAILER_BYTES = 8;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;

/**
 * @param fromBytes Up to there it is known to be whole.
 * @returns How many bytes are whole.
 */
export async function findWholeBytes(
  path: string,
  kind: RecordKind,
  fromBytes: number,
): Promise<number> {
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    const from = Math.min(fromBytes, size);
    if (kind === "zstd") return await wholeFrames(file, from);
    if (kind !== "gzip") return wholeLines(file, from, kind === "csv");
    return await wholeMembers(file, from, size);
  } catch (error) {
    throw finalFileFailure("repair", path, error);
  }
}

/** After the last line feed before any NUL, outside of quotes in CSV. */
function wholeLines(file: Deno.FsFile, from: number, isCsv: boolean): number {
  const block = new Uint8Array(STEP_BYTES);
  let whole = from;
  let isQuoted = false;
  for (let at = from;;) {
    const bytes = readAt(file, at, block);
    const nul = bytes.indexOf(0);
    const valid = nul < 0 ? bytes : bytes.subarray(0, nul);
    if (isCsv) {
      for (let index = 0; index < valid.length; index++) {
        if (valid[index] === QUOTE) isQuoted = !isQuoted;
        else if (valid[index] === LINE_FEED && !isQuoted) {
          whole = at + index + 1;
        }
      }
    } else {
      const last = valid.lastIndexOf(LINE_FEED);
      if (last >= 0) whole = at + last + 1;
    }
    if (nul >= 0 || bytes.length === 0) return whole;
    at += bytes.length;
  }
}

/** After the last gzip member that can be unpacked to its checksum. */
async function wholeMembers(
  file: Deno.FsFile,
  from: number,
  size: number,
): Promise<number> {
  const zlib = await import("node:zlib");
  let whole = from;
  for (let sizeBytes = STEP_BYTES; whole < size;) {
    const bytes = readAt(file, whole, new Uint8Array(sizeBytes));
    const length = memberLength(zlib, bytes);
    if (length > 0) {
      whole += length;
      sizeBytes = STEP_BYTES;
    } else if (whole + sizeBytes >= size || sizeBytes > MAX_MEMBER_BYTES) {
      return whole;
    } else sizeBytes *= 4;
  }
  return whole;
}

/** After the last zstd frame that can be unpacked to its checksum. */
async function wholeFrames(file: Deno.FsFile, from: number): Promise<number> {
  const { zstdDecompressSync } = await import("node:zlib");
  let whole = from;
  let frame: Uint8Array<ArrayBuffer>[] = [];
  try {
    for await (const { bytes, isEnd } of zstdFrames(piecesOf(file, from))) {
      frame.push(bytes.slice());
      if (!isEnd) continue;
      const all = new Uint8Array(await new Blob(frame).arrayBuffer());
      zstdDecompressSync(all); // compares the checksum
      whole += all.length;
      frame = [];
    }
  } catch {
    // What is behind the last whole one is none.
  }
  return whole;
}

async function* piecesOf(
  file: Deno.FsFile,
  from: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let at = from;;) {
    const block = new Uint8Array(STEP_BYTES);
    const { length } = readAt(file, at, block);
    if (length === 0) return;
    yield await Promise.resolve(block.subarray(0, length));
    at += length;
  }
}

/** The length of the member that `bytes` begins with, or 0: it isn't whole. */
function memberLength(
  zlib: typeof import("node:zlib"),
  bytes: Uint8Array,
): number {
  try {
    const body = bytes.subarray(GZIP_HEADER_BYTES);
    const { engine } = zlib.inflateRawSync(body, { info: true }) as unknown as {
      engine: { bytesWritten: number };
    };
    const length = GZIP_HEADER_BYTES + engine.bytesWritten + GZIP_TRAILER_BYTES;
    if (length > bytes.length) return 0;
    zlib.gunzipSync(bytes.subarray(0, length)); // compares the checksum
    return length;
  } catch {
    return 0;
  }
}

/** Fewer bytes than asked for only at the file's end. */
function readAt(
  file: Deno.FsFile,
  offset: number,
  into: Uint8Array,
): Uint8Array {
  file.seekSync(offset, Deno.SeekMode.Start);
  let length = 0;
  while (length < into.length) {
    const count = file.readSync(into.subarray(length));
    if (count === null) break;
    length += count;
  }
  return into.subarray(0, length);
}
