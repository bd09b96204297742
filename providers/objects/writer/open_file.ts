/**
 * One file that is being filled: records in, bytes into a buffer, counts.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import { type Encoder, PackedStream } from "../../formats/mod.ts";
import type { FileBuffer } from "./file_buffer.ts";
import type { Track } from "./track.ts";

/** What is known of a file when it is begun. */
export interface FileStart {
  /** What its rows have in common. */
  readonly key: string;
  /** The folder's part of its name. */
  readonly prefix: string;
  readonly table: string | undefined;
  /** Of rows that have positions. */
  readonly track: Track | undefined;
  /** The position of its first row. */
  readonly first: string | undefined;
  /** The place of its first line among those the output has got. */
  readonly firstSeq: number;
  /** Monotonic. */
  readonly startedAtMs: number;
}

export class OpenFile implements Disposable {
  rows = 0;
  #isEmpty = true;
  readonly #encoder: Encoder;
  readonly #packed: PackedStream;

  constructor(
    readonly start: FileStart,
    readonly buffer: FileBuffer,
    encoder: Encoder,
    compression: "none" | "gzip" | "zstd",
  ) {
    this.#encoder = encoder;
    this.#packed = new PackedStream(compression);
  }

  /** So large it is by now; of what waits to be compressed nothing is known. */
  get sizeBytes(): number {
    return this.buffer.sizeBytes;
  }

  /** Takes lines of a batch. */
  async append(batch: OutputBatch, from: number, to: number): Promise<void> {
    const records = this.#encoder.encode(batch, from, to);
    if (records.length > 0) {
      const header = this.#isEmpty ? this.#encoder.header?.() : undefined;
      this.#isEmpty = false;
      if (header !== undefined) this.#keep(await this.#packed.add(header));
      this.#keep(await this.#packed.add(records));
    }
    this.rows += to - from;
  }

  /** All of it lies in the buffer then. */
  async finish(): Promise<void> {
    this.#keep(await this.#packed.finish());
  }

  [Symbol.dispose](): void {
    this.#packed[Symbol.dispose]();
    this.buffer[Symbol.dispose]();
  }

  #keep(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.buffer.append(piece);
  }
}
