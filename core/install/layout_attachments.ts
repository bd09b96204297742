/**
 * What is attached to an artifact (signatures, bills of materials, provenance), in a
 * folder: carried along from one registry to another.
 *
 * In the folder's index an attachment stands beside the artifact: under cosign's tag
 * made of the digest, or without a name where its manifest names its subject.
 *
 * @module
 */

import {
  attach,
  type AttachedBlob,
  type Attachment,
  type Descriptor,
  type Digest,
  type FetchedManifest,
  findManifest,
  type Manifest,
  parseManifest,
  readAttachedBlobs,
  referrersTag,
  type RegistryClient,
  type Repository,
} from "../registry/mod.ts";
import {
  attest,
  type Claim,
  makeSimpleManifest,
  type PrivateKey,
  signArtifact,
  SIGNATURE,
  signatureLayers,
  signatureTag,
  type SignedAt,
} from "../signatures/mod.ts";
import { type Layout, REF_NAME } from "./layout.ts";

/** What cosign makes of a digest: signatures, attestations, bills of materials. */
const SUFFIXES = [".sig", ".att", ".sbom"];
/** Cosign looks for signatures in a folder whose artifact is marked so. */
const KIND = { kind: "dev.cosignproject.cosign/image" };
const MAX_ATTACHMENTS = 64;
const MAX_BLOB_BYTES = 64 * 1024 * 1024;

/** Puts one into a folder whose artifact is there. */
export async function addToLayout(
  layout: Layout,
  { bytes, blobs, tag, mediaType, artifactType }: Attachment,
): Promise<void> {
  for (const blob of blobs) await layout.writeBlob(blob.bytes);
  const digest = await layout.writeBlob(bytes);
  await layout.addEntry({
    mediaType,
    digest,
    size: bytes.length,
    ...artifactType !== undefined && { artifactType },
    ...tag !== undefined && { annotations: { [REF_NAME]: tag } },
  }, KIND);
}

/** Copies what is attached to an artifact. @returns How many there were. */
export async function pullAttachments(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
  layout: Layout,
): Promise<number> {
  const found = await attachmentsIn(client, repository, digest);
  for (const { tag, ...fetched } of found) {
    const manifest = fetched.manifest as Manifest;
    const blobs = await readAttachedBlobs(
      client,
      repository,
      [manifest.config, ...manifest.layers],
      MAX_BLOB_BYTES,
    );
    const { bytes, mediaType } = fetched;
    const { artifactType } = manifest;
    await addToLayout(layout, { bytes, mediaType, artifactType, blobs, tag });
  }
  return found.length;
}

type Found = FetchedManifest & { readonly tag?: string };

async function attachmentsIn(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<Found[]> {
  const found: Found[] = [];
  for (const suffix of SUFFIXES) {
    const tag = referrersTag(digest) + suffix;
    const fetched = await findManifest(client, repository, tag);
    if (fetched?.manifest.kind === "manifest") found.push({ ...fetched, tag });
  }
  const referrers = await client.referrers(repository, digest);
  for (const one of referrers.slice(0, MAX_ATTACHMENTS)) {
    const fetched = await client.manifest(repository, one.digest);
    if (subjectOf(fetched.manifest) === digest) found.push(fetched);
  }
  return found;
}

function subjectOf(
  manifest: FetchedManifest["manifest"],
): Digest | undefined {
  return manifest.kind === "manifest" ? manifest.subject?.digest : undefined;
}

/** Uploads what is attached to a folder's artifact. */
export async function pushAttachments(
  layout: Layout,
  digest: Digest,
  client: RegistryClient,
  repository: Repository,
): Promise<void> {
  for (const attachment of await attachmentsOf(layout, digest)) {
    const whole = attachment.tag === signatureTag(digest)
      ? await withThoseThere(attachment, digest, client, repository)
      : attachment;
    await attach(client, repository, whole);
  }
}

/** The tag is one for all signatures: those of others stay under it. */
async function withThoseThere(
  ours: Attachment,
  digest: Digest,
  client: RegistryClient,
  repository: Repository,
): Promise<Attachment> {
  const layers = layersOf(ours);
  const there = await signatureLayers(client, repository, digest);
  const others = there.filter((one) => !layers.some((our) => isSame(our, one)));
  if (others.length === 0) return ours;
  return makeSimpleManifest(digest, [...others, ...layers]);
}

/** The same text is signed by several: only the signature tells them apart. */
function isSame(a: AttachedBlob, b: AttachedBlob): boolean {
  return a.descriptor.digest === b.descriptor.digest &&
    a.descriptor.annotations?.[SIGNATURE] ===
      b.descriptor.annotations?.[SIGNATURE];
}

/** The first is the config. */
function layersOf({ blobs }: Attachment): readonly AttachedBlob[] {
  return blobs.slice(1);
}

/** Attaches to a folder's artifact what is said of it, signed where there is a key. */
export async function attestLayout(
  layout: Layout,
  subject: Descriptor,
  claims: readonly Claim[],
  key: PrivateKey | undefined,
  signedAt: SignedAt,
): Promise<void> {
  for (const claim of claims) {
    await addToLayout(layout, attest(subject, claim, key, signedAt));
  }
}

/** Signs a folder's artifact; the signatures stay in the folder. */
export async function signLayout(
  layout: Layout,
  subject: Descriptor,
  repository: Repository,
  key: PrivateKey,
  signedAt: SignedAt,
): Promise<void> {
  const { digest, mediaType, size } = subject;
  const tag = signatureTag(digest);
  const there = await attachmentsOf(layout, digest);
  const older = there.filter((one) => one.tag === tag).flatMap(layersOf);
  const plain = { mediaType, digest, size };
  const signed = signArtifact(plain, repository, older, key, signedAt);
  for (const attachment of signed) await addToLayout(layout, attachment);
}

/** What a folder has about an artifact. @throws {DstreamError} `layout.damaged` */
export async function attachmentsOf(
  layout: Layout,
  digest: Digest,
): Promise<Attachment[]> {
  const found: Attachment[] = [];
  for (const entry of await layout.entries()) {
    const tag = layout.tagOf(entry);
    const isTagged = tag?.startsWith(`${referrersTag(digest)}.`) === true;
    if (tag !== undefined && !isTagged || entry.digest === digest) continue;
    const bytes = await layout.readBlob(entry.digest);
    const manifest = parseManifest(bytes, entry.mediaType);
    if (manifest.kind === "index") continue;
    if (tag === undefined && subjectOf(manifest) !== digest) continue;
    found.push(await toAttachment(layout, bytes, manifest, tag));
  }
  return found;
}

async function toAttachment(
  layout: Layout,
  bytes: Uint8Array<ArrayBuffer>,
  manifest: Manifest,
  tag: string | undefined,
): Promise<Attachment> {
  const { mediaType, artifactType, annotations, subject } = manifest;
  const blobs = await Promise.all(
    [manifest.config, ...manifest.layers].map(async (descriptor) => ({
      descriptor,
      bytes: await layout.readBlob(descriptor.digest, MAX_BLOB_BYTES),
    })),
  );
  return {
    mediaType,
    bytes,
    blobs,
    annotations,
    ...artifactType !== undefined && { artifactType },
    ...tag === undefined ? { subject } : { tag },
  };
}
