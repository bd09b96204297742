/**
 * A small blob in memory: a spec, a signature.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import {
  mismatch,
  nameOf,
  type RegistryClient,
  type Repository,
} from "./client.ts";
import { digestOf } from "./digest.ts";
import { downloadBlob, type DownloadTarget } from "./download.ts";
import type { Descriptor } from "./manifest.ts";

/** @throws {DstreamError} `registry.size_mismatch`, `registry.digest_mismatch` */
export async function readBoundedBlob(
  client: RegistryClient,
  repository: Repository,
  blob: Descriptor,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const action = `pull ${nameOf(repository, blob.digest)}`;
  if (blob.size > maxBytes) {
    throw new DstreamError(
      "registry.size_mismatch",
      `cannot ${action}: it has ${blob.size} bytes, and ${maxBytes} are allowed`,
    );
  }
  const target = new MemoryTarget(blob.size);
  await downloadBlob(client, repository, blob, target);
  const digest = digestOf(target.bytes);
  if (digest !== blob.digest) throw mismatch(action, blob.digest, digest);
  return target.bytes;
}

class MemoryTarget implements DownloadTarget {
  sizeBytes = 0;
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  write(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.sizeBytes);
    this.sizeBytes += bytes.length;
  }

  restart(): Promise<void> {
    this.sizeBytes = 0;
    return Promise.resolve();
  }
}
