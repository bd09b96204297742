/**
 * An artifact as a folder: the OCI image layout, which skopeo, oras, crane and
 * their kin read and write too. For machines without a network, and for what
 * `deno task release` makes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../base/errors.ts";
import {
  type Descriptor,
  type Digest,
  digestOf,
  DigestStream,
  downloadBlob,
  type DownloadTarget,
  encodeManifest,
  hexOf,
  INDEX,
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

const VERSION_FILE = "oci-layout";
const INDEX_FILE = "index.json";
/** Says under which tag an artifact was known. */
const REF_NAME = "org.opencontainers.image.ref.name";
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/** How far a copy is. */
export type OnBlob = (
  blob: Descriptor,
  doneBytes: number,
) => void;

/** One layout folder. */
export class Layout {
  constructor(readonly folder: string) {}

  /**
   * Begins an empty one.
   * @throws {DstreamError} `layout.not_empty`: two artifacts in one folder would
   * be taken for each other.
   */
  static async create(folder: string): Promise<Layout> {
    const layout = new Layout(folder);
    const index = await Deno.stat(join(folder, INDEX_FILE)).catch(() => null);
    if (index !== null) throw notEmpty(folder);
    await Deno.mkdir(join(folder, "blobs", "sha256"), { recursive: true });
    const version = JSON.stringify({ imageLayoutVersion: "1.0.0" });
    await Deno.writeTextFile(join(folder, VERSION_FILE), version);
    return layout;
  }

  blobPath(digest: Digest): string {
    return join(this.folder, "blobs", "sha256", hexOf(digest));
  }

  async writeBlob(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    await Deno.writeFile(this.blobPath(digest), bytes);
    return digest;
  }

  /** Small ones: manifests, configs. @throws {DstreamError} `layout.damaged` */
  async readBlob(digest: Digest): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#read(this.blobPath(digest));
    if (digestOf(bytes) === digest) return bytes;
    throw damaged(this.folder, `the blob ${digest} has other bytes`);
  }

  /** Names the artifact that this layout is about. */
  async writeIndex(top: Descriptor, tag: string | undefined): Promise<void> {
    const annotations = {
      ...top.annotations,
      ...tag !== undefined && { [REF_NAME]: tag },
    };
    const manifests = [{
      ...top,
      ...Object.keys(annotations).length > 0 && { annotations },
    }];
    await Deno.writeFile(
      join(this.folder, INDEX_FILE),
      encodeManifest({ schemaVersion: 2, mediaType: INDEX, manifests }),
    );
  }

  /**
   * The artifact: the one with the tag, else the only one.
   * @throws {DstreamError} `layout.damaged`
   */
  async top(tag?: string): Promise<Descriptor> {
    const path = join(this.folder, INDEX_FILE);
    const index = parseManifest(await this.#read(path), INDEX);
    if (index.kind !== "index") throw damaged(this.folder, "no index.json");
    const { manifests } = index;
    const named = manifests.find((one) => one.annotations?.[REF_NAME] === tag);
    const found = named ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (found !== undefined) return found;
    throw damaged(
      this.folder,
      manifests.length === 0
        ? "it is empty"
        : `it has ${manifests.length} artifacts, and none is called "${tag}"`,
    );
  }

  /** Under which tag an artifact was copied here. */
  tagOf({ annotations }: Descriptor): string | undefined {
    return annotations?.[REF_NAME];
  }

  async #read(path: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = await Deno.stat(path);
      if (size > MAX_INDEX_BYTES) throw new Error("it is too long");
      return await Deno.readFile(path);
    } catch (cause) {
      throw damaged(this.folder, `"${path}" can't be read`, cause);
    }
  }
}

function notEmpty(folder: string): DstreamError {
  return new DstreamError(
    "layout.not_empty",
    `"${folder}" holds an artifact already`,
    { isUsage: true, hint: "name another folder, or remove this one first" },
  );
}

function damaged(folder: string, reason: string, cause?: unknown) {
  return new DstreamError(
    "layout.damaged",
    `cannot use "${folder}" as an OCI layout: ${reason}`,
    {
      cause,
      hint:
        "`dstream provider pull REF --to FOLDER` makes one; if that broke " +
        "off, do it again",
    },
  );
}

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
