/**
 * Pulled providers on the disk: bytes under their digest, and a tree of readable
 * names that are hard links to them.
 *
 * ```text
 * blobs/sha256/1a2b…                     executables, manifests, specs
 * partial/5d6e…                          downloads under way, or broken off
 * locks/5d6e…                            who downloads it
 * unpacked/5d6e…                         compressed layer → executable's digest
 * signatures/1a2b…                       artifact → what was found signed of it
 * specs/7f8a…                            what a provider_path says of itself
 * ghcr.io/acme/in-pg/1.4.0/              artifact.json, and
 *   linux_amd64/in-pg                    what is started
 * ```
 *
 * A file appears under its name only when it is whole and checked. So a process
 * that is killed leaves at worst a part to go on from, and what is damaged later
 * is found by its digest before it is used.
 *
 * @module
 */

import { join } from "node:path";
import {
  type Digest,
  digestOf,
  DigestStream,
  hexOf,
  isDigest,
} from "../registry/digest.ts";
import { formatSignatures, type Signature } from "../signatures/signature.ts";
import type { Clock } from "../ports/mod.ts";
import { besideName, writeWholeFile } from "../base/whole_file.ts";
import { lockFile, type LockOptions } from "./process_lock.ts";

/** A digest and what it is the digest of. */
export interface StoredExecutable {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const READ_BYTES = 1024 * 1024;
const MAX_SIGNATURES_BYTES = 16 * 1024 * 1024;
const OWNER_RUNS = 0o755;
/** Others may start what is here, but never change it, whatever the umask. */
const FOLDER = { recursive: true, mode: 0o755 };
const MODE = 0o644;

/** One cache folder. */
export class Cache {
  constructor(readonly folder: string, readonly clock: Clock) {}

  blobPath(digest: Digest): string {
    return join(this.folder, "blobs", "sha256", hexOf(digest));
  }

  partialPath(digest: Digest): string {
    return join(this.folder, "partial", hexOf(digest));
  }

  /** Small ones: manifests, specs. `undefined` where it is missing or damaged. */
  async readBlob(digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const path = this.blobPath(digest);
      if (!await isRegular(path)) return undefined;
      const bytes = await Deno.readFile(path);
      return digestOf(bytes) === digest ? bytes : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async writeBlob(bytes: Uint8Array): Promise<void> {
    const path = this.blobPath(digestOf(bytes));
    await Deno.mkdir(join(this.folder, "blobs", "sha256"), FOLDER);
    await writeWholeFile(path, bytes, { isShared: true, mode: MODE });
  }

  /** Whether an executable is there, byte for byte. */
  async check(digest: Digest): Promise<"whole" | "missing" | "damaged"> {
    return await checkFile(this.blobPath(digest), digest);
  }

  /** Takes in a file of the partial folder that was checked. */
  async keep(path: string, digest: Digest): Promise<void> {
    const target = this.blobPath(digest);
    await Deno.mkdir(join(this.folder, "blobs", "sha256"), FOLDER);
    if (Deno.build.os !== "windows") await Deno.chmod(path, OWNER_RUNS);
    await replace(path, target);
  }

  /** What a compressed layer unpacked to, when it did. */
  async unpacked(layer: Digest): Promise<StoredExecutable | undefined> {
    try {
      const path = join(this.folder, "unpacked", hexOf(layer));
      if (!await isRegular(path)) return undefined;
      const { digest, sizeBytes } = JSON.parse(await Deno.readTextFile(path));
      // It is a name of a file from now on, whoever wrote it there.
      return isDigest(digest) && Number.isSafeInteger(sizeBytes)
        ? { digest, sizeBytes }
        : undefined;
    } catch {
      return undefined;
    }
  }

  async rememberUnpacked(
    layer: Digest,
    executable: StoredExecutable,
  ): Promise<void> {
    const folder = join(this.folder, "unpacked");
    await Deno.mkdir(folder, FOLDER);
    const path = join(folder, hexOf(layer));
    await writeWholeFile(path, JSON.stringify(executable), {
      isShared: true,
      mode: MODE,
    });
  }

  /** What was found signed of an artifact: text of `formatSignatures`. */
  async signatures(artifact: Digest): Promise<string | undefined> {
    try {
      const path = join(this.folder, "signatures", hexOf(artifact));
      const { isFile, size } = await Deno.stat(path);
      if (!isFile || size > MAX_SIGNATURES_BYTES) return undefined;
      return await Deno.readTextFile(path);
    } catch {
      return undefined; // not looked for yet
    }
  }

  async keepSignatures(
    artifact: Digest,
    signatures: readonly Signature[],
  ): Promise<void> {
    const text = formatSignatures(signatures);
    if (text.length > MAX_SIGNATURES_BYTES) return;
    const folder = join(this.folder, "signatures");
    await Deno.mkdir(folder, FOLDER);
    await writeWholeFile(join(folder, hexOf(artifact)), text, {
      isShared: true,
      mode: MODE,
    });
  }

  /** Waits until no other process downloads this. */
  async lock(
    digest: Digest,
    options: Omit<LockOptions, "clock">,
  ): Promise<AsyncDisposable> {
    const path = join(this.folder, "locks", hexOf(digest));
    return await lockFile(path, { ...options, clock: this.clock });
  }

  /** Gives an executable its readable name. @returns The path to start. */
  async link(digest: Digest, folder: string, name: string): Promise<string> {
    const path = join(folder, name);
    const blob = this.blobPath(digest);
    if (await isSameFile(blob, path)) return path;
    // Where there are no links, a copy that is whole is good enough.
    if (await checkFile(path, digest) === "whole") return path;
    await Deno.mkdir(folder, FOLDER);
    // Another process may be doing the same: each beside, the last one wins.
    const beside = besideName(path);
    try {
      await Deno.link(blob, beside);
    } catch {
      await Deno.copyFile(blob, beside);
    }
    try {
      await replace(beside, path);
      return path;
    } catch (error) {
      await Deno.remove(beside).catch(() => {});
      // Windows keeps an executable's name while it runs: the blob runs as well.
      if (Deno.build.os === "windows") return blob;
      throw error;
    }
  }
}

/** Reads a file once. */
export async function checkFile(
  path: string,
  digest: Digest,
): Promise<"whole" | "missing" | "damaged"> {
  try {
    if (!await isRegular(path)) return "damaged";
    using file = await Deno.open(path);
    const stream = new DigestStream();
    const buffer = new Uint8Array(READ_BYTES);
    for (let n = await file.read(buffer); n !== null;) {
      stream.update(buffer.subarray(0, n));
      n = await file.read(buffer);
    }
    return stream.digest() === digest ? "whole" : "damaged";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    throw error;
  }
}

/** A pipe or a device in a file's place would be read without an end. */
async function isRegular(path: string): Promise<boolean> {
  return (await Deno.stat(path)).isFile;
}

/** Windows doesn't rename over a file that runs, but lets it be moved away. */
async function replace(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (Deno.build.os !== "windows") throw error;
    await Deno.rename(to, `${to}.${Deno.pid}.old`);
    await Deno.rename(from, to);
  }
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [a, b].map((path) => Deno.stat(path).catch(() => undefined)),
  );
  if (one === undefined || other === undefined) return false;
  return one.ino !== null && one.ino === other.ino && one.dev === other.dev;
}
