/**
 * What is attached to an artifact: a manifest of its own that names the artifact as
 * its subject, or one that stands under a tag made of the artifact's digest.
 *
 * Registries that know referrers list the first kind themselves. For others the
 * list stands under a tag as well, and whoever attaches keeps it.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject
 * @module
 */

import {
  type FetchedManifest,
  hasCode,
  type RegistryClient,
  type Repository,
} from "./client.ts";
import { readBoundedBlob } from "./bounded_blob.ts";
import { type Digest, digestOf } from "./digest.ts";
import {
  type Annotations,
  type Descriptor,
  encodeManifest,
  type Index,
} from "./manifest.ts";
import { EMPTY, INDEX, MANIFEST } from "./media_type.ts";
import { putManifest, sendManifest, uploadBlob } from "./push.ts";

/** Some bytes and what they are. */
export interface AttachedBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A manifest with all that it names. */
export interface Attachment {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blobs: readonly AttachedBlob[];
  /** As the list of referrers shows it. */
  readonly artifactType?: string;
  readonly annotations?: Annotations;
  /** The artifact, where the manifest names it. */
  readonly subject?: Descriptor;
  /** Where it stands, when it names none. */
  readonly tag?: string;
}

/** What a referrer is made of. */
export interface ReferrerParts {
  readonly subject: Descriptor;
  readonly artifactType: string;
  readonly layer: AttachedBlob;
  readonly annotations: Annotations;
}

const EMPTY_CONFIG = new TextEncoder().encode("{}");

/** Bytes with their digest and size. */
export function attachedBlob(
  mediaType: string,
  bytes: Uint8Array<ArrayBuffer>,
  annotations?: Annotations,
): AttachedBlob {
  const digest = digestOf(bytes);
  const size = bytes.length;
  return {
    bytes,
    descriptor: { mediaType, digest, size, ...annotations && { annotations } },
  };
}

/** A manifest with one layer, about another manifest. */
export function makeReferrer(
  { subject, artifactType, layer, annotations }: ReferrerParts,
): Attachment {
  const config = attachedBlob(EMPTY, EMPTY_CONFIG);
  const { mediaType, digest, size } = subject;
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType,
    config: config.descriptor,
    layers: [layer.descriptor],
    subject: { mediaType, digest, size },
    annotations,
  });
  return {
    mediaType: MANIFEST,
    bytes,
    blobs: [config, layer],
    artifactType,
    annotations,
    subject,
  };
}

/** `sha256-1a2b…`: the tag under which old registries have the list. */
export function referrersTag(digest: Digest): string {
  return digest.replace(":", "-");
}

/** Uploads it, and sees to it that it is found. @returns Its digest. */
export async function attach(
  client: RegistryClient,
  repository: Repository,
  attachment: Attachment,
): Promise<Digest> {
  for (const { descriptor, bytes } of attachment.blobs) {
    await uploadBlob(client, repository, {
      descriptor,
      read: (offset, size) =>
        Promise.resolve(bytes.slice(offset, offset + size)),
    });
  }
  const { tag, subject } = attachment;
  if (tag !== undefined) {
    return await putManifest(client, repository, tag, attachment);
  }
  const digest = digestOf(attachment.bytes);
  const { isListed } = await sendManifest(
    client,
    repository,
    digest,
    attachment,
  );
  if (subject !== undefined && !isListed) {
    await listUnderTag(client, repository, subject.digest, {
      mediaType: attachment.mediaType,
      digest,
      size: attachment.bytes.length,
      artifactType: attachment.artifactType,
      annotations: attachment.annotations,
    });
  }
  return digest;
}

/** The registry keeps no list: so the list is an index that we keep. */
async function listUnderTag(
  client: RegistryClient,
  repository: Repository,
  subject: Digest,
  entry: Descriptor,
): Promise<void> {
  const tag = referrersTag(subject);
  const before = await listedUnderTag(client, repository, tag);
  if (before.some(({ digest }) => digest === entry.digest)) return;
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [...before, entry],
  });
  await putManifest(client, repository, tag, { bytes, mediaType: INDEX });
}

async function listedUnderTag(
  client: RegistryClient,
  repository: Repository,
  tag: string,
): Promise<Index["manifests"]> {
  const found = await findManifest(client, repository, tag);
  return found?.manifest.kind === "index" ? found.manifest.manifests : [];
}

/** What a tag stands for; `undefined` where there is no such tag. */
export async function findManifest(
  client: RegistryClient,
  repository: Repository,
  tag: string,
): Promise<FetchedManifest | undefined> {
  try {
    return await client.manifest(repository, tag);
  } catch (error) {
    if (hasCode(error, "registry.not_found")) return undefined;
    throw error;
  }
}

/** Blobs of what is attached. @throws {DstreamError} For one over the bound. */
export async function readAttachedBlobs(
  client: RegistryClient,
  repository: Repository,
  descriptors: readonly Descriptor[],
  maxBytes: number,
): Promise<AttachedBlob[]> {
  const blobs: AttachedBlob[] = [];
  for (const descriptor of descriptors) {
    const bytes = await readBoundedBlob(
      client,
      repository,
      descriptor,
      maxBytes,
    );
    blobs.push({ descriptor, bytes });
  }
  return blobs;
}
