/**
 * A file of records that stand one after the other, compressed as a whole.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import type { Encoder } from "./encoder.ts";
import type { FileWriter, Sink } from "./file_writer.ts";
import { type Compression, PackedStream } from "./packed_stream.ts";

export class LinesFile implements FileWriter {
  readonly heldBytes = 0;
  readonly #encoder: Encoder;
  readonly #packed: PackedStream;
  readonly #sink: Sink;
  #isBegun = false;

  constructor(encoder: Encoder, compression: Compression, sink: Sink) {
    this.#encoder = encoder;
    this.#packed = new PackedStream(compression);
    this.#sink = sink;
  }

  async append(batch: OutputBatch, from: number, to: number): Promise<void> {
    const records = this.#encoder.encode(batch, from, to);
    if (records.length === 0) return;
    if (!this.#isBegun) {
      this.#isBegun = true;
      const header = this.#encoder.header?.();
      if (header !== undefined) this.#write(await this.#packed.add(header));
    }
    this.#write(await this.#packed.add(records));
  }

  async makeRoom(): Promise<void> {}

  async finish(): Promise<void> {
    this.#write(await this.#packed.finish());
  }

  [Symbol.dispose](): void {
    this.#packed[Symbol.dispose]();
  }

  #write(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) this.#sink(piece);
  }
}
