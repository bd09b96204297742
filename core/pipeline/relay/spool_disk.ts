/**
 * The disk under {@link Spool}: files for the user alone, in a folder that is locked
 * for as long as its process lives.
 *
 * @module
 */

import { join } from "node:path";
import { getsLock } from "../../base/file_lock.ts";

/** Where folders are made. Tests have one of their own. */
export interface SpoolDisk {
  /**
   * A folder for one output of this process. What processes that are gone left beside
   * it is removed.
   */
  open(parent: string, name: string): Promise<SpoolFolder>;
}

/** Goes, with all in it, when it is disposed. */
export interface SpoolFolder extends Disposable {
  /** A new, empty file. */
  create(name: string): Promise<SpoolFile>;
}

/** One file. One write at a time, reads beside it. */
export interface SpoolFile {
  /** @throws When the disk takes no more. */
  write(offset: number, pieces: readonly Uint8Array[]): Promise<void>;
  read(offset: number, lengthBytes: number): Promise<Uint8Array>;
  /** It is needed no more. */
  remove(): void;
}

/** The machine's own. */
export const realSpoolDisk: SpoolDisk = {
  async open(parent, name) {
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
      create: (name) => RealSpoolFile.create(join(path, name)),
      [Symbol.dispose]: () => {
        removeQuietly(path);
        lock.close();
        removeQuietly(`${path}.lock`);
      },
    };
  },
};

class RealSpoolFile implements SpoolFile {
  readonly #path: string;
  readonly #handle: Deno.FsFile;

  static async create(path: string): Promise<RealSpoolFile> {
    const options = { write: true, createNew: true, mode: 0o600 };
    return new RealSpoolFile(path, await Deno.open(path, options));
  }

  private constructor(path: string, handle: Deno.FsFile) {
    this.#path = path;
    this.#handle = handle;
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    await this.#handle.seek(offset, Deno.SeekMode.Start);
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        at += await this.#handle.write(piece.subarray(at));
      }
    }
  }

  async read(offset: number, lengthBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(lengthBytes);
    // A handle of its own: the other one's place belongs to the writer.
    using handle = await Deno.open(this.#path);
    await handle.seek(offset, Deno.SeekMode.Start);
    for (let at = 0; at < lengthBytes;) {
      const count = await handle.read(bytes.subarray(at));
      if (count === null) throw new Error(`${this.#path} was cut off`);
      at += count;
    }
    return bytes;
  }

  remove(): void {
    this.#handle.close();
    removeQuietly(this.#path);
  }
}

/** What can't be removed now is by the next start. */
function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // It is gone, or the next start removes it.
  }
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
