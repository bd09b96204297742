/**
 * A layer in a registry → an executable in the cache, in one pass: what arrives is
 * written down, hashed, unpacked and hashed again, all at once.
 *
 * A part that an earlier process left is read first, and the download goes on
 * behind it. Nothing appears under its name before both digests are right.
 *
 * @module
 */

import { dirname } from "node:path";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DstreamError } from "../base/errors.ts";
import {
  type Digest,
  DigestStream,
  downloadBlob,
  type DownloadTarget,
  type ExecutableLayer,
  type RegistryClient,
  type Repository,
} from "../registry/mod.ts";
import { mismatch, nameOf } from "../registry/client.ts";
import type { Cache, StoredExecutable } from "./cache.ts";
import { writeAllSync } from "../base/whole_file.ts";

/** How to tell of it. */
export interface FetchOptions {
  readonly onProgress: (doneBytes: number) => void;
}

const READ_BYTES = 1024 * 1024;

/**
 * The caller holds the layer's lock.
 * @throws {DstreamError} `registry.digest_mismatch`, `registry.executable_invalid`
 * and what downloading throws.
 */
export async function fetchExecutable(
  client: RegistryClient,
  repository: Repository,
  executable: ExecutableLayer,
  cache: Cache,
  options: FetchOptions,
): Promise<StoredExecutable> {
  const { layer } = executable;
  const path = cache.partialPath(layer.digest);
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o755 });
  for (let isSecond = false;; isSecond = true) {
    using target = await PartialFile.open(path, executable, options);
    const hadBytes = target.sizeBytes;
    await downloadBlob(client, repository, layer, target);
    const done = await target.finish();
    const action = `pull ${nameOf(repository, layer.digest)}`;
    if (done.layer !== layer.digest) {
      await target.discard();
      // The part that was there may be what is wrong: once more without it.
      if (hadBytes > 0 && !isSecond) continue;
      throw mismatch(action, layer.digest, done.layer);
    }
    if (done.problem !== undefined) {
      await target.discard();
      throw notTheExecutable(action, done.problem);
    }
    target.close();
    await cache.keep(target.executablePath, done.executable.digest);
    await Deno.remove(path).catch(() => {});
    return done.executable;
  }
}

/** Everything that is known when all bytes were taken. */
interface Finished {
  readonly layer: Digest;
  readonly executable: StoredExecutable;
  /** Why this is not what the annotations announce. */
  readonly problem?: string;
}

/** The download as a file, and what it unpacks to as another. */
class PartialFile implements DownloadTarget {
  sizeBytes = 0;
  #layer = new DigestStream();
  #unpacker: Unpacker | undefined;
  #isClosed = false;

  private constructor(
    readonly path: string,
    readonly file: Deno.FsFile,
    readonly wanted: ExecutableLayer,
    readonly options: FetchOptions,
  ) {}

  /** Takes in what an earlier download has left. */
  static async open(
    path: string,
    wanted: ExecutableLayer,
    options: FetchOptions,
  ): Promise<PartialFile> {
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
      mode: 0o600,
    });
    const partial = new PartialFile(path, file, wanted, options);
    try {
      await partial.#begin();
      await partial.#takeIn();
      return partial;
    } catch (error) {
      partial.close();
      throw error;
    }
  }

  /** Where the executable is, once finished. */
  get executablePath(): string {
    return this.#unpacker?.path ?? this.path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    writeAllSync(this.file, bytes);
    await this.#take(bytes);
    this.options.onProgress(this.sizeBytes);
  }

  async restart(): Promise<void> {
    await this.file.truncate();
    await this.file.seek(0, Deno.SeekMode.Start);
    await this.#begin();
  }

  /** Flushes to the disk. */
  async finish(): Promise<Finished> {
    const layer = this.#layer.digest();
    if (this.#unpacker === undefined) {
      await this.file.syncData();
      const { sizeBytes } = this;
      return { layer, executable: { digest: layer, sizeBytes } };
    }
    const { executable, problem } = await this.#unpacker.finish(this.wanted);
    return { layer, executable, problem };
  }

  async discard(): Promise<void> {
    this.close();
    await Deno.remove(this.path).catch(() => {});
    if (this.#unpacker === undefined) return;
    await Deno.remove(this.#unpacker.path).catch(() => {});
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.file.close();
    this.#unpacker?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #begin(): Promise<void> {
    this.sizeBytes = 0;
    this.#layer = new DigestStream();
    this.#unpacker?.close();
    this.#unpacker = this.wanted.compression === "none"
      ? undefined
      : await Unpacker.open(`${this.path}.unpacked`, this.wanted);
  }

  async #takeIn(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    for (;;) {
      const size = await this.file.read(buffer);
      if (size === null) return;
      await this.#take(buffer.subarray(0, size));
    }
  }

  async #take(bytes: Uint8Array): Promise<void> {
    this.#layer.update(bytes);
    this.sizeBytes += bytes.length;
    await this.#unpacker?.write(bytes);
  }
}

/** Unpacks into a file beside, and never more than was announced. */
class Unpacker {
  readonly #stream;
  readonly #digest = new DigestStream();
  #problem: string | undefined;
  /** A stream that has failed answers no write any more. */
  readonly #failed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #isClosed = false;

  private constructor(
    readonly path: string,
    readonly file: Deno.FsFile,
    { compression, maxSizeBytes }: ExecutableLayer,
  ) {
    this.#stream = compression === "gzip"
      ? createGunzip()
      : createZstdDecompress();
    this.#stream.on("data", (bytes: Uint8Array) => {
      this.#take(bytes, maxSizeBytes);
    });
    this.#stream.on("error", () => this.#fail("it can't be unpacked"));
    // It may come with the last bytes already, before anybody says that they are.
    this.#stream.on("end", () => this.#ended.resolve());
  }

  static async open(path: string, wanted: ExecutableLayer): Promise<Unpacker> {
    const file = await Deno.open(path, {
      write: true,
      create: true,
      mode: 0o600,
      truncate: true,
    });
    return new Unpacker(path, file, wanted);
  }

  /** What is wrong is told at the end: the layer's own digest comes first. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#problem !== undefined) return;
    // The stream keeps what it gets, and the caller will reuse it.
    const copy = bytes.slice();
    const written = new Promise<void>((resolve) => {
      this.#stream.write(copy, () => resolve());
    });
    await Promise.race([written, this.#failed.promise]);
  }

  async finish(wanted: ExecutableLayer) {
    if (this.#problem === undefined) await this.#end();
    await this.file.syncData();
    const sizeBytes = this.#digest.sizeBytes;
    const digest = this.#digest.digest();
    const isOther = wanted.digest !== undefined && wanted.digest !== digest;
    return {
      executable: { digest, sizeBytes },
      problem: this.#problem ??
        (isOther ? "it unpacks to something else" : undefined),
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stream.destroy();
    this.file.close();
  }

  async #end(): Promise<void> {
    this.#stream.end();
    await Promise.race([this.#ended.promise, this.#failed.promise]);
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#failed.resolve();
    this.#stream.destroy();
  }

  #take(bytes: Uint8Array, maxSizeBytes: number): void {
    if (this.#problem !== undefined || this.#isClosed) return;
    if (this.#digest.sizeBytes + bytes.length > maxSizeBytes) {
      return this.#fail(`it unpacks to more than ${maxSizeBytes} bytes`);
    }
    this.#digest.update(bytes);
    writeAllSync(this.file, bytes);
  }
}

function notTheExecutable(action: string, problem: string): DstreamError {
  return new DstreamError(
    "registry.executable_invalid",
    `cannot ${action}: ${problem}`,
    { hint: "the artifact has to be pushed again by its publisher" },
  );
}
