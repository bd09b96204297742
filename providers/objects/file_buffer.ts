/**
 * The bytes of a file that isn't finished: in memory while they are few, then in a
 * file of its own on the disk, which nobody else sees and no crash leaves.
 *
 * A file's name has its last position in it, and an upload needs the name at its
 * begin; so bytes wait here. An attempt to upload that fails reads them again.
 *
 * @module
 */

import { finalFileFailure } from "@dstream/sdk/files";
import type { Content } from "./store.ts";

/** More is written to the disk. */
const MEMORY_BYTES = 1024 * 1024;

export class FileBuffer implements Content, Disposable {
  readonly #folder: string | undefined;
  #memory = new Uint8Array(16 * 1024);
  #memoryBytes = 0;
  #file: Deno.FsFile | undefined;
  #fileBytes = 0;
  /** Where the system keeps a file only as long as it has a name. */
  #path: string | undefined;

  /** @param folder For files; the system's one for temporary files when left out. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  get sizeBytes(): number {
    return this.#fileBytes + this.#memoryBytes;
  }

  append(bytes: Uint8Array): void {
    if (this.#memoryBytes + bytes.length > MEMORY_BYTES) {
      this.#spill();
      if (bytes.length > MEMORY_BYTES) return this.#write(bytes);
    }
    this.#reserve(this.#memoryBytes + bytes.length);
    this.#memory.set(bytes, this.#memoryBytes);
    this.#memoryBytes += bytes.length;
  }

  read(offset: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
    const to = Math.min(offset + lengthBytes, this.sizeBytes);
    const bytes = new Uint8Array(Math.max(0, to - offset));
    const fromFile = Math.max(0, Math.min(to, this.#fileBytes) - offset);
    if (fromFile > 0) this.#readFile(offset, bytes.subarray(0, fromFile));
    const from = Math.max(0, offset - this.#fileBytes);
    bytes.set(
      this.#memory.subarray(from, from + bytes.length - fromFile),
      fromFile,
    );
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
    this.#memory = new Uint8Array(0);
    if (this.#path !== undefined) Deno.removeSync(this.#path);
    this.#path = undefined;
  }

  #reserve(sizeBytes: number): void {
    if (this.#memory.length >= sizeBytes) return;
    const larger = new Uint8Array(Math.min(2 * sizeBytes, MEMORY_BYTES));
    larger.set(this.#memory.subarray(0, this.#memoryBytes));
    this.#memory = larger;
  }

  #spill(): void {
    this.#write(this.#memory.subarray(0, this.#memoryBytes));
    this.#memoryBytes = 0;
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#file ??= this.#open();
      this.#file.seekSync(this.#fileBytes, Deno.SeekMode.Start);
      for (let at = 0; at < bytes.length;) {
        at += this.#file.writeSync(bytes.subarray(at));
      }
      this.#fileBytes += bytes.length;
    } catch (error) {
      const folder = this.#folder ?? "the folder for temporary files";
      throw finalFileFailure("write to", folder, error, "buffer_path");
    }
  }

  #open(): Deno.FsFile {
    const path = Deno.makeTempFileSync({
      dir: this.#folder,
      prefix: "dstream-",
    });
    const file = Deno.openSync(path, { read: true, write: true });
    if (Deno.build.os === "windows") this.#path = path;
    else Deno.removeSync(path); // the file lives as long as it is open
    return file;
  }

  #readFile(offset: number, into: Uint8Array): void {
    this.#file!.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < into.length;) {
      const count = this.#file!.readSync(into.subarray(at));
      if (count === null) throw new Error("a buffer file has become shorter");
      at += count;
    }
  }
}
