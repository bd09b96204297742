/**
 * One file that is appended to and made durable.
 *
 * @module
 */

import { finalFileFailure, refuseSpecialFile } from "@dstream/sdk/files";
import { momentOf } from "./moment.ts";
import { splitPath } from "./name_template.ts";

/** Whoever names a device means one of these. */
const SPECIAL_HINT =
  'provider = "console" writes to stdout, provider = "null" nowhere';

/** Between two looks whether the name still belongs to the open file. */
const LOOK_INTERVAL_MS = 1000;

export class OutputFile implements Disposable {
  readonly path: string;
  /** When it was begun (monotonic), as far as that is known. */
  readonly startedAtMs: number;
  readonly #file: Deno.FsFile;
  #sizeBytes: number;
  #isDurable = true;
  #lookedAtMs = -Infinity;

  private constructor(
    path: string,
    file: Deno.FsFile,
    sizeBytes: number,
    startedAtMs: number,
  ) {
    this.path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.startedAtMs = startedAtMs;
  }

  /** Opens or creates a file, and its folder; both are durable then. */
  static async open(path: string, now = momentOf()): Promise<OutputFile> {
    refusePipesAndDevices(path);
    try {
      await createFolder(splitPath(path).folder);
      const file = await Deno.open(path, {
        read: true,
        append: true,
        create: true,
        mode: 0o600, // data, dead letters too: nobody else's, whatever the umask
      });
      const { size, birthtime } = await file.stat();
      const bornMs = size === 0 ? undefined : birthtime?.getTime();
      const ageMs = Math.max(0, now.wallMs - (bornMs ?? now.wallMs));
      const startedAtMs = now.monotonicMs - ageMs;
      if (size === 0) await syncFolder(splitPath(path).folder);
      return new OutputFile(path, file, size, startedAtMs);
    } catch (error) {
      throw finalFileFailure("write", path, error);
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends all bytes; they may still be lost until {@link makeDurable}. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#isDurable = false;
    try {
      for (let written = 0; written < bytes.length;) {
        written += await this.#file.write(bytes.subarray(written));
      }
    } catch (error) {
      throw finalFileFailure("write", this.path, error);
    }
    this.#sizeBytes += bytes.length;
  }

  /** Returns when everything appended survives a power failure. */
  async makeDurable(): Promise<void> {
    if (this.#isDurable) return;
    try {
      await this.#file.syncData();
    } catch (error) {
      throw finalFileFailure("write", this.path, error);
    }
    this.#isDurable = true;
  }

  /** Cuts off what is behind. */
  async truncate(sizeBytes: number): Promise<void> {
    await this.#file.truncate(sizeBytes);
    this.#sizeBytes = sizeBytes;
    this.#isDurable = false;
  }

  /**
   * Whether the name still leads to this file; somebody may have rotated it away.
   * Looks once a second at most.
   * @param nowMs Monotonic.
   */
  isInPlace(nowMs: number): boolean {
    if (nowMs - this.#lookedAtMs < LOOK_INTERVAL_MS) return true;
    this.#lookedAtMs = nowMs;
    try {
      const [there, here] = [Deno.statSync(this.path), this.#file.statSync()];
      return there.ino === here.ino && there.dev === here.dev;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  /** The bytes from there on, at most so many. */
  readAt(offset: number, maxBytes: number): Uint8Array {
    const bytes = new Uint8Array(maxBytes);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    const length = this.#file.readSync(bytes) ?? 0;
    return bytes.subarray(0, length);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * `/dev/full` passes: it is there to stand for a full disk.
 * @throws {ConfigError} before anything is made.
 */
export function refusePipesAndDevices(path: string): void {
  if (isFullDevice(path)) return;
  refuseSpecialFile(path, SPECIAL_HINT);
}

function isFullDevice(path: string): boolean {
  try {
    return Deno.realPathSync(path) === "/dev/full";
  } catch {
    return false;
  }
}

/** Makes a folder and those above it; each is durable then. */
export async function createFolder(path: string): Promise<void> {
  if (path === "" || isFolder(path)) return;
  const { folder } = splitPath(path);
  if (folder !== path) await createFolder(folder);
  try {
    await Deno.mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (isFolder(path)) return; // made by somebody else meanwhile
    throw finalFileFailure("create the folder", path, error);
  }
  await syncFolder(folder);
}

/** Makes names in a folder durable, where the system has a way to. */
export async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path === "" ? "." : path);
    await folder.sync();
  } catch {
    // Windows opens no folders, and some file systems sync none.
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
