/**
 * What does not fit into the window's memory: the oldest of it, in files.
 *
 * It is memory and not storage. Nothing is synced, nothing is acknowledged because it
 * lies here, and nothing outlives the process. Files of 64 MiB are deleted as soon as
 * all in them is settled.
 *
 * @module
 */

import { join } from "node:path";
import { getsLock } from "../../base/file_lock.ts";

/** Lines without a break, in one file. */
export interface Block {
  readonly file: SpoolFile;
  readonly offset: number;
  readonly lengthBytes: number;
  readonly lines: number;
  /** Of the last of them. */
  readonly lastPosition: number;
}

interface SpoolFile {
  readonly path: string;
  readonly handle: Deno.FsFile;
  sizeBytes: number;
  blocks: number;
}

const FILE_BYTES = 64 * 1024 * 1024;

/** The files of one output. */
export class Spool implements Disposable {
  readonly #folder: string;
  readonly #limitBytes: number;
  readonly #blocks: Block[] = [];
  #first = 0;
  #current: SpoolFile | undefined;
  #count = 0;
  #usedBytes = 0;

  /**
   * @param folder Made already, for the user alone.
   * @param limitBytes At most so much is held.
   */
  constructor(folder: string, limitBytes: number) {
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
    await file.handle.seek(offset, Deno.SeekMode.Start);
    let lengthBytes = 0;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        at += await file.handle.write(piece.subarray(at));
      }
      lengthBytes += piece.length;
    }
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
  async read({ file, offset, lengthBytes }: Block): Promise<Uint8Array> {
    const bytes = new Uint8Array(lengthBytes);
    // A handle of its own: the other one's place belongs to the writer.
    using handle = await Deno.open(file.path);
    await handle.seek(offset, Deno.SeekMode.Start);
    for (let at = 0; at < lengthBytes;) {
      const count = await handle.read(bytes.subarray(at));
      if (count === null) throw new Error(`${file.path} was cut off`);
      at += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    const files = this.#blocks.slice(this.#first).map(({ file }) => file);
    if (this.#current !== undefined) files.push(this.#current);
    for (const file of new Set(files)) this.#delete(file);
    this.#current = undefined;
    try {
      Deno.removeSync(this.#folder, { recursive: true });
    } catch {
      // The next start removes it.
    }
  }

  async #fileWithRoom(): Promise<SpoolFile> {
    const current = this.#current;
    if (current !== undefined && current.sizeBytes < FILE_BYTES) return current;
    const path = join(this.#folder, `${++this.#count}.spool`);
    const handle = await Deno.open(path, {
      write: true,
      createNew: true,
      mode: 0o600,
    });
    this.#current = { path, handle, sizeBytes: 0, blocks: 0 };
    // All in it was settled while it was still being filled.
    if (current?.blocks === 0) this.#delete(current);
    return this.#current;
  }

  #delete(file: SpoolFile): void {
    // More may come into the one that is being filled.
    if (file === this.#current && file.sizeBytes < FILE_BYTES) return;
    if (file === this.#current) this.#current = undefined;
    file.handle.close();
    try {
      Deno.removeSync(file.path);
    } catch {
      // The next start removes it.
    }
  }
}

/**
 * A folder for one output of this process, for the user alone. What processes that are
 * gone left beside it is removed: their locks are free.
 */
export async function openSpoolFolder(
  parent: string,
  name: string,
): Promise<{ readonly path: string } & Disposable> {
  await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
  await removeAbandoned(parent);
  const path = join(parent, name);
  const lock = await Deno.open(`${path}.lock`, {
    read: true,
    write: true,
    create: true,
  });
  await getsLock(lock);
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    [Symbol.dispose]: () => {
      lock.close();
      try {
        Deno.removeSync(`${path}.lock`);
      } catch {
        // The next start removes it.
      }
    },
  };
}

async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory) continue;
    const path = join(parent, name);
    const lock = await Deno.open(`${path}.lock`, { read: true, write: true })
      .catch(() => undefined);
    const isFree = lock === undefined || await getsLock(lock);
    if (isFree) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
      await Deno.remove(`${path}.lock`).catch(() => {});
    }
    lock?.close();
  }
}
