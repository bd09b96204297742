/**
 * Copies artifacts between registries and folders, with all that belongs to them:
 * manifests, blobs, and what is attached.
 *
 * @module
 */

import {
  type Descriptor,
  type Digest,
  DigestStream,
  downloadBlob,
  type DownloadTarget,
  type Index,
  isDigest,
  type Manifest,
  mismatch,
  nameOf,
  parseManifest,
  putManifest,
  type RegistryClient,
  type Repository,
  uploadBlob,
} from "../registry/mod.ts";
import { writeAllSync } from "../base/whole_file.ts";
import { damaged, type Layout } from "./layout.ts";
import { pullAttachments, pushAttachments } from "./layout_attachments.ts";

/** How far a copy is. */
export type OnBlob = (
  blob: Descriptor,
  doneBytes: number,
) => void;

/** What a manifest needs to be complete; an index has its manifests besides. */
function blobsOf(manifest: Manifest | Index): readonly Descriptor[] {
  return manifest.kind === "index" ? [] : [manifest.config, ...manifest.layers];
}

/**
 * Copies an artifact with all its platforms into a layout.
 * @returns What the reference stood for.
 */
export async function pullToLayout(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  layout: Layout,
  onBlob: OnBlob,
): Promise<Digest> {
  const top = await client.manifest(repository, reference);
  const copy = async (manifest: Manifest | Index) => {
    for (const blob of blobsOf(manifest)) {
      await pullBlob(client, repository, blob, layout, onBlob);
    }
  };
  await copy(top.manifest);
  if (top.manifest.kind === "index") {
    for (const { digest } of top.manifest.manifests) {
      const one = await client.manifest(repository, digest);
      await copy(one.manifest);
      await layout.writeBlob(one.bytes);
    }
  }
  await layout.writeBlob(top.bytes);
  const descriptor = {
    mediaType: top.mediaType,
    digest: top.digest,
    size: top.bytes.length,
  };
  const tag = isDigest(reference) ? undefined : reference;
  await layout.writeIndex(descriptor, tag);
  await pullAttachments(client, repository, top.digest, layout);
  return top.digest;
}

async function pullBlob(
  client: RegistryClient,
  repository: Repository,
  blob: Descriptor,
  layout: Layout,
  onBlob: OnBlob,
): Promise<void> {
  const path = layout.blobPath(blob.digest);
  const beside = `${path}.part`;
  {
    using target = await FileTarget.open(beside, blob, onBlob);
    await downloadBlob(client, repository, blob, target);
    const digest = target.digest();
    if (digest !== blob.digest) {
      const action = `pull ${nameOf(repository, blob.digest)}`;
      throw mismatch(action, blob.digest, digest);
    }
  }
  await Deno.rename(beside, path);
}

class FileTarget implements DownloadTarget {
  sizeBytes = 0;
  #digest = new DigestStream();

  private constructor(
    readonly file: Deno.FsFile,
    readonly blob: Descriptor,
    readonly onBlob: OnBlob,
  ) {}

  static async open(
    path: string,
    blob: Descriptor,
    onBlob: OnBlob,
  ): Promise<FileTarget> {
    const file = await Deno.open(path, {
      write: true,
      create: true,
      truncate: true,
    });
    return new FileTarget(file, blob, onBlob);
  }

  write(bytes: Uint8Array): void {
    writeAllSync(this.file, bytes);
    this.#digest.update(bytes);
    this.sizeBytes += bytes.length;
    this.onBlob(this.blob, this.sizeBytes);
  }

  async restart(): Promise<void> {
    await this.file.truncate();
    await this.file.seek(0, Deno.SeekMode.Start);
    this.#digest = new DigestStream();
    this.sizeBytes = 0;
  }

  digest(): Digest {
    return this.#digest.digest();
  }

  [Symbol.dispose](): void {
    this.file.close();
  }
}

/** Where an artifact goes. */
export interface PushTarget {
  readonly client: RegistryClient;
  readonly repository: Repository;
  readonly tag: string;
  /** Another repository there that may have the blobs. */
  readonly mountFrom?: string;
}

/**
 * Uploads a layout's artifact: blobs, then manifests, and the tag at the very end,
 * so that it never stands for something half there.
 * @returns The digest the tag stands for now.
 */
export async function pushLayout(
  layout: Layout,
  target: PushTarget,
  onBlob: OnBlob,
): Promise<Digest> {
  const { client, repository, tag } = target;
  const top = await layout.top(tag);
  const bytes = await layout.readBlob(top.digest);
  const manifest = parseManifest(bytes, top.mediaType);
  await pushBlobs(layout, manifest, target, onBlob);
  if (manifest.kind === "index") {
    for (const one of manifest.manifests) {
      const inner = await layout.readBlob(one.digest);
      const parsed = parseManifest(inner, one.mediaType);
      await pushBlobs(layout, parsed, target, onBlob);
      const { mediaType } = parsed;
      await putManifest(client, repository, one.digest, {
        bytes: inner,
        mediaType,
      });
    }
  }
  const { mediaType } = manifest;
  // Signatures first: who requires them never meets a tag without.
  await putManifest(client, repository, top.digest, { bytes, mediaType });
  await pushAttachments(layout, top.digest, client, repository);
  return await putManifest(client, repository, tag, { bytes, mediaType });
}

async function pushBlobs(
  layout: Layout,
  manifest: Manifest | Index,
  { client, repository, mountFrom }: PushTarget,
  onBlob: OnBlob,
): Promise<void> {
  for (const blob of blobsOf(manifest)) {
    using file = await Deno.open(layout.blobPath(blob.digest)).catch(
      (cause) => {
        const reason = `the blob ${blob.digest} is missing`;
        throw damaged(layout.folder, reason, cause);
      },
    );
    const source = {
      descriptor: blob,
      read: (offset: number, sizeBytes: number) =>
        readPart(file, offset, sizeBytes),
    };
    await uploadBlob(client, repository, source, {
      mountFrom,
      onProgress: (doneBytes) => onBlob(blob, doneBytes),
    });
    onBlob(blob, blob.size);
  }
}

async function readPart(
  file: Deno.FsFile,
  offset: number,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let at = 0; at < sizeBytes;) {
    const size = await file.read(bytes.subarray(at));
    if (size === null) throw new Error("the file has become shorter");
    at += size;
  }
  return bytes;
}
