/**
 * Bytes → one stream of gzip or zstd, for files that are stored whole.
 *
 * A file of several members would do for most readers; but some, node:zlib among
 * them, stop silently behind the first one of zstd.
 *
 * @module
 */

import type { Transform } from "node:stream";

/** Each piece costs a turn of the compressor; the usual ones have 16 KiB. */
const PIECE_BYTES = 128 * 1024;

/** How a file is compressed as a whole. */
export type Compression = "none" | "gzip" | "zstd";

/** Compresses as bytes come; Deno does that in the thread that asks for it. */
export class PackedStream {
  readonly #compression: Compression;
  #stream: Transform | undefined;
  #pieces: Uint8Array[] = [];
  #failure: Error | undefined;

  constructor(compression: Compression) {
    this.#compression = compression;
  }

  /** @returns What of the file is known by now; valid until the next call. */
  async add(bytes: Uint8Array): Promise<readonly Uint8Array[]> {
    if (this.#compression === "none") return [bytes];
    const stream = this.#stream ??= await this.#open();
    await new Promise<void>((resolve, reject) =>
      stream.write(bytes, (error) => error ? reject(error) : resolve())
    );
    return this.#take();
  }

  /** @returns The rest. */
  async finish(): Promise<readonly Uint8Array[]> {
    const stream = this.#stream;
    if (stream === undefined) return [];
    const ended = new Promise((resolve) => stream.once("end", resolve));
    stream.end();
    await ended;
    this.#stream = undefined;
    return this.#take();
  }

  /** Frees what it holds, finished or not. */
  [Symbol.dispose](): void {
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  #take(): readonly Uint8Array[] {
    if (this.#failure !== undefined) throw this.#failure;
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  async #open(): Promise<Transform> {
    const { createGzip, createZstdCompress } = await import("node:zlib");
    const stream = this.#compression === "gzip"
      ? createGzip({ chunkSize: PIECE_BYTES })
      : createZstdCompress({ chunkSize: PIECE_BYTES });
    stream.on("data", (piece: Uint8Array) => this.#pieces.push(piece));
    stream.on("error", (error: Error) => this.#failure = error);
    return stream;
  }
}
