/**
 * A file's content as bytes, decompressed on the way where its name says so.
 *
 * Plain files are read from any offset. A compressed one is always read from its
 * begin; offsets then count decompressed bytes. Memory is bounded by the pieces
 * that are in the decompressor.
 *
 * @module
 */

import { DstreamError, FinalError } from "@dstream/sdk";
import { fileFailure } from "@dstream/sdk/files";
import { gunzip } from "./gzip_members.ts";
import { through } from "./through.ts";
import { zstdFrames } from "../../formats/mod.ts";

/** What reads bytes until there are no more. */
export interface ByteSource {
  /** @returns How many bytes were put there, or 0 at the end (for now). */
  read(into: Uint8Array): Promise<number>;
  close(): void | Promise<void>;
}

/** How a file is compressed, by its name. */
export type Compression = "none" | "gzip" | "zstd";

const PIECE_BYTES = 256 * 1024;

/** `orders.jsonl.gz` → "gzip". */
export function compressionOf(path: string): Compression {
  if (/\.gz$/i.test(path)) return "gzip";
  return /\.zst$/i.test(path) ? "zstd" : "none";
}

/** An open file as it lies on the disk. */
export class PlainSource implements ByteSource {
  constructor(readonly path: string, readonly file: Deno.FsFile) {}

  async read(into: Uint8Array): Promise<number> {
    try {
      return await this.file.read(into) ?? 0;
    } catch (error) {
      throw fileFailure("read", this.path, error);
    }
  }

  /** Where the next read begins. */
  seek(offset: number): void {
    this.file.seekSync(offset, Deno.SeekMode.Start);
  }

  close(): void {
    this.file.close();
  }
}

/** The decompressed content of an open file, from its begin. */
export class DecompressedSource implements ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(
    readonly path: string,
    readonly file: Deno.FsFile,
    compression: Exclude<Compression, "none">,
  ) {
    file.seekSync(0, Deno.SeekMode.Start);
    const raw = readPieces(file);
    this.#pieces = compression === "gzip" ? gunzip(raw) : unzstd(raw);
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#rest.length === 0) {
      const next = await this.#next();
      if (next === undefined) return 0;
      this.#rest = next;
    }
    const taken = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, taken));
    this.#rest = this.#rest.subarray(taken);
    return taken;
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
    this.file.close();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#pieces.next();
      return done ? undefined : value;
    } catch (error) {
      throw decompressionFailure(this.path, error);
    }
  }
}

async function* readPieces(
  file: Deno.FsFile,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    // A new one each time: the decompressor keeps it for a while.
    const piece = new Uint8Array(PIECE_BYTES);
    const length = await file.read(piece);
    if (length === null) return;
    yield piece.subarray(0, length);
  }
}

/** One decompressor per frame, since node's stops after the first. */
async function* unzstd(
  raw: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = await import("node:zlib");
  const parts = zstdFrames(raw);
  for (let isMore = true; isMore;) {
    isMore = false;
    const frame = (async function* () {
      for (;;) {
        const { done, value } = await parts.next();
        if (done) return;
        isMore = true;
        yield value.bytes;
        if (value.isEnd) return;
      }
    })();
    yield* through(createZstdDecompress({ chunkSize: PIECE_BYTES }), frame);
  }
}

const DAMAGE: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: "it was cut off",
  Z_DATA_ERROR: "its bytes are damaged, or no such compression at all",
};

function decompressionFailure(path: string, error: unknown): DstreamError {
  const code = (error as { code?: string })?.code ?? "";
  const why = DAMAGE[code] ??
    (error instanceof DstreamError ? error.message : undefined) ??
    (code.startsWith("Z") ? (error as Error).message : undefined);
  if (why === undefined) return fileFailure("read", path, error);
  return new FinalError(
    "file.compression_damaged",
    `cannot decompress ${JSON.stringify(path)}: ${why}`,
    { cause: error, key: "path" },
  );
}
