/**
 * One file that is being filled, with what is known of it.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import type { FileFormats, FileWriter } from "../../formats/mod.ts";
import type { FileBuffer } from "../file_buffer.ts";
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
  readonly schema: TableSchema | undefined;
}

export class OpenFile implements Disposable {
  rows = 0;
  readonly #writer: FileWriter;
  #schema: TableSchema | undefined;

  constructor(
    readonly start: FileStart,
    readonly buffer: FileBuffer,
    formats: FileFormats,
  ) {
    this.#schema = start.schema;
    this.#writer = formats.create(
      start.schema,
      (bytes) => buffer.append(bytes),
    );
  }

  /** So large it is by now, without what waits to be written. */
  get sizeBytes(): number {
    return this.buffer.sizeBytes;
  }

  /** The memory that its rows take until they are written together. */
  get heldBytes(): number {
    return this.#writer.heldBytes;
  }

  /**
   * Whether rows of this schema can go into it; else it must be finished.
   *
   * @param mayGrow Whether it is the same one with more in it.
   */
  fits(schema: TableSchema | undefined, mayGrow: boolean): boolean {
    if (schema === this.#schema) return true;
    const isFit = schema === undefined ||
      JSON.stringify(schema) === JSON.stringify(this.#schema) ||
      mayGrow && this.#writer.adopt?.(schema) === true;
    if (isFit) this.#schema = schema;
    return isFit;
  }

  /** Takes lines of a batch. */
  async append(batch: OutputBatch, from: number, to: number): Promise<void> {
    await this.#writer.append(batch, from, to);
    this.rows += to - from;
  }

  /** Makes room in memory. */
  async makeRoom(): Promise<void> {
    await this.#writer.makeRoom();
  }

  /** All of it lies in the buffer then. */
  async finish(): Promise<void> {
    await this.#writer.finish();
  }

  [Symbol.dispose](): void {
    this.#writer[Symbol.dispose]();
    this.buffer[Symbol.dispose]();
  }
}
