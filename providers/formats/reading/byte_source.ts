/**
 * A file's content as bytes, decompressed on the way where its name says so.
 *
 * Plain files on the disk are read from any offset. One that is compressed, or that
 * comes as a stream, is always read from its begin; offsets then count decompressed
 * bytes. Memory is bounded by the pieces that are in the decompressor.
 *
 * @module
 */

import { FinalError } from "@dstream/sdk";
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

/** What a {@link StreamSource} is made of. */
export interface StreamOptions {
  /** As the user names it. */
  readonly name: string;
  readonly pieces: AsyncIterable<Uint8Array<ArrayBuffer>>;
  readonly compression: Compression;
  /** The key of the configuration that leads to it. */
  readonly configKey?: string | undefined;
  readonly close?: () => void | Promise<void>;
}

/** Pieces of bytes from a file's begin, decompressed. */
export class StreamSource implements ByteSource {
  readonly #options: StreamOptions;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#pieces = unpacked(options)[Symbol.asyncIterator]();
  }

  /** The decompressed content of an open file. */
  static ofFile(
    path: string,
    file: Deno.FsFile,
    compression: Compression,
  ): StreamSource {
    file.seekSync(0, Deno.SeekMode.Start);
    const pieces = readPieces(path, file);
    const close = () => file.close();
    return new StreamSource({
      name: path,
      pieces,
      compression,
      configKey: "path",
      close,
    });
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
    await this.#options.close?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#pieces.next();
      return done ? undefined : value;
    } catch (error) {
      throw decompressionFailure(this.#options, error);
    }
  }
}

function unpacked(
  { pieces, compression }: StreamOptions,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case "none":
      return pieces;
    case "gzip":
      return gunzip(pieces);
    case "zstd":
      return unzstd(pieces);
  }
}

async function* readPieces(
  path: string,
  file: Deno.FsFile,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    // A new one each time: the decompressor keeps it for a while.
    const piece = new Uint8Array(PIECE_BYTES);
    const length = await file.read(piece)
      .catch((error) => Promise.reject(fileFailure("read", path, error)));
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

const DAMAGED = "file.compression_damaged";
const DAMAGE: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: "it was cut off",
  Z_DATA_ERROR: "its bytes are damaged, or no such compression at all",
};

/** @returns What another has failed with, unless it is the compression. */
function decompressionFailure(
  { name, configKey }: StreamOptions,
  error: unknown,
): unknown {
  const code = (error as { code?: string })?.code ?? "";
  const why = DAMAGE[code] ??
    (code === DAMAGED ? (error as Error).message : undefined) ??
    (code.startsWith("Z") ? (error as Error).message : undefined);
  if (why === undefined) return error;
  return new FinalError(
    DAMAGED,
    `cannot decompress ${JSON.stringify(name)}: ${why}`,
    { cause: error, ...(configKey === undefined ? {} : { key: configKey }) },
  );
}
