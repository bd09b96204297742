/**
 * Looks in a registry for what is signed of an artifact: under the tag of cosign 1
 * and 2, and among its referrers.
 *
 * What is found may come from anybody. It is bounded here, and believed nowhere
 * before judge.ts has seen it.
 *
 * @module
 */

import {
  type AttachedBlob,
  type Descriptor,
  type Digest,
  findManifest,
  type Manifest,
  readAttachedBlobs,
  readBoundedBlob,
  type RegistryClient,
  type Repository,
} from "../registry/mod.ts";
import { isBundleType } from "./bundle.ts";
import type { Signature } from "./signature.ts";
import { signatureTag, SIMPLE_SIGNING } from "./simple_signing.ts";

/** Cosign 2 could write the older form as a referrer too. */
const SIMPLE_REFERRER = "application/vnd.dev.cosign.artifact.sig.v1+json";
/** More signatures than anybody makes; what is beyond isn't looked at. */
const MAX_MANIFESTS = 64;
const MAX_LAYERS = 64;
const MAX_BLOB_BYTES = 1024 * 1024;
/** A bill of materials in a bundle. */
const MAX_ATTACHED_BYTES = 16 * 1024 * 1024;

/** @throws {DstreamError} What the registry says; nothing found is no error. */
export async function findSignatures(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<Signature[]> {
  const found: Signature[] = [];
  for (const manifest of await manifestsOf(client, repository, digest)) {
    for (const layer of manifest.layers.slice(0, MAX_LAYERS)) {
      const signature = await readLayer(client, repository, layer);
      if (signature !== undefined) found.push(signature);
    }
  }
  return found;
}

async function manifestsOf(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  const tagged = await readTag(client, repository, signatureTag(digest));
  if (tagged !== undefined) manifests.push(tagged);
  const referrers = await referrersOf(
    client,
    repository,
    digest,
    mayBeSignature,
  );
  return [...manifests, ...referrers];
}

/** Manifests of a kind that name the artifact as their subject. */
export async function referrersOf(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  isWanted: (one: Descriptor) => boolean,
): Promise<Manifest[]> {
  const all = await client.referrers(repository, digest);
  const found: Manifest[] = [];
  for (const one of all.filter(isWanted).slice(0, MAX_MANIFESTS)) {
    const { manifest } = await client.manifest(repository, one.digest);
    // A list kept under a tag may name anything.
    const isAbout = manifest.kind === "manifest" &&
      manifest.subject?.digest === digest;
    if (isAbout) found.push(manifest);
  }
  return found;
}

function mayBeSignature({ artifactType }: Descriptor): boolean {
  return isBundleType(artifactType) || artifactType === SIMPLE_REFERRER;
}

async function readTag(
  client: RegistryClient,
  repository: Repository,
  tag: string,
): Promise<Manifest | undefined> {
  const found = await findManifest(client, repository, tag);
  return found?.manifest.kind === "manifest" ? found.manifest : undefined;
}

async function readLayer(
  client: RegistryClient,
  repository: Repository,
  layer: Descriptor,
): Promise<Signature | undefined> {
  const isBundle = isBundleType(layer.mediaType);
  // A larger one holds more than a signature.
  if (layer.size > MAX_BLOB_BYTES) return undefined;
  if (!isBundle && layer.mediaType !== SIMPLE_SIGNING) return undefined;
  const bytes = await readBoundedBlob(
    client,
    repository,
    layer,
    MAX_BLOB_BYTES,
  );
  return isBundle
    ? { kind: "bundle", text: new TextDecoder().decode(bytes) }
    : { kind: "simple", payload: bytes, annotations: layer.annotations ?? {} };
}

/** A layer of what is attached, such as a bill of materials. */
export async function readAttached(
  client: RegistryClient,
  repository: Repository,
  layer: Descriptor,
): Promise<Uint8Array> {
  return await readBoundedBlob(client, repository, layer, MAX_ATTACHED_BYTES);
}

/** The layers under the signature's tag, so that another can be put beside them. */
export async function signatureLayers(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<AttachedBlob[]> {
  const manifest = await readTag(client, repository, signatureTag(digest));
  const layers = (manifest?.layers ?? []).slice(0, MAX_LAYERS);
  return await readAttachedBlobs(client, repository, layers, MAX_BLOB_BYTES);
}
