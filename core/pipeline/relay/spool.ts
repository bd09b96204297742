/**
 * What does not fit into the window's memory: the oldest of it, in files.
 *
 * It is memory and not storage. Nothing is synced, nothing is acknowledged because it
 * lies here, and nothing outlives the process. Files of 64 MiB are deleted as soon as
 * all in them is settled.
 *
 * @module
 */

import type { SpoolFile, SpoolFolder } from "./spool_disk.ts";

/** Lines without a break, in one file. */
export interface Block {
  readonly file: Filled;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly lines: number;
  /** Of the last of them. */
  readonly lastPosition: number;
}

interface Filled {
  readonly file: SpoolFile;
  sizeBytes: number;
  blocks: number;
}

const FILE_BYTES = 64 * 1024 * 1024;

/** The files of one output. */
export class Spool implements Disposable {
  readonly #folder: SpoolFolder;
  readonly #limitBytes: number;
  readonly #blocks: Block[] = [];
  #first = 0;
  #current: Filled | undefined;
  #count = 0;
  #usedBytes = 0;

  /**
   * @param folder Made already, for the user alone.
   * @param limitBytes At most so much is held.
   */
  constructor(folder: SpoolFolder, limitBytes: number) {
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isEmpty(): boolean {
    return this.#first === this.#blocks.length;
  }

  /** Whether so much more may be held. */
  hasRoom(lengthBytes: number): boolean {
    return this.#usedBytes + lengthBytes <= this.#limitBytes;
  }

  /**
   * Takes lines behind all that is held.
   * @throws When the disk takes no more: nothing is held of them then.
   */
  async append(
    pieces: readonly Uint8Array[],
    lines: number,
    lastPosition: number,
  ): Promise<void> {
    const file = await this.#fileWithRoom();
    const offset = file.sizeBytes;
    const lengthBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    await file.file.write(offset, pieces);
    file.sizeBytes += lengthBytes;
    file.blocks++;
    this.#usedBytes += lengthBytes;
    this.#blocks.push({ file, offset, lengthBytes, lines, lastPosition });
  }

  /** Everything up to `position` is settled; the line at `delivered` is kept. */
  settle(position: number, delivered: number): void {
    for (let block = this.#blocks[this.#first]; block !== undefined;) {
      const { lastPosition } = block;
      if (lastPosition > position || lastPosition >= delivered) break;
      this.#usedBytes -= block.lengthBytes;
      if (--block.file.blocks === 0) this.#delete(block.file);
      block = this.#blocks[++this.#first];
    }
    if (this.#first < 1024 && !this.isEmpty) return;
    this.#blocks.splice(0, this.#first);
    this.#first = 0;
  }

  /** The first block that reaches to a position. */
  find(position: number): Block | undefined {
    let low = this.#first;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle].lastPosition >= position) high = middle;
      else low = middle + 1;
    }
    return this.#blocks[low];
  }

  /** A copy of a block's bytes. */
  read({ file, offset, lengthBytes }: Block): Promise<Uint8Array> {
    return file.file.read(offset, lengthBytes);
  }

  [Symbol.dispose](): void {
    const files = new Set(
      this.#blocks.slice(this.#first).map(({ file }) => file),
    );
    if (this.#current !== undefined) files.add(this.#current);
    this.#current = undefined;
    this.#blocks.length = this.#first = 0;
    for (const { file } of files) file.remove();
  }

  async #fileWithRoom(): Promise<Filled> {
    const current = this.#current;
    if (current !== undefined && current.sizeBytes < FILE_BYTES) return current;
    const file = await this.#folder.create(`${++this.#count}.spool`);
    this.#current = { file, sizeBytes: 0, blocks: 0 };
    // All in it was settled while it was still being filled.
    if (current?.blocks === 0) this.#delete(current);
    return this.#current;
  }

  #delete(filled: Filled): void {
    const isCurrent = filled === this.#current;
    // More may come into the one that is being filled.
    if (isCurrent && filled.sizeBytes < FILE_BYTES) return;
    if (isCurrent) this.#current = undefined;
    filled.file.remove();
  }
}
