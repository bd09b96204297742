/**
 * Signs an artifact: what is to be attached to it, in both layouts that cosign
 * knows.
 *
 * @module
 */

import {
  type AttachedBlob,
  attachedBlob,
  type Attachment,
  type Descriptor,
  makeReferrer,
  nameOf,
  type Repository,
} from "../registry/mod.ts";
import { BUNDLE, makeBundle } from "./bundle.ts";
import type { PrivateKey } from "./key_file.ts";
import { makeSimpleLayer, makeSimpleManifest } from "./simple_signing.ts";
import { PREDICATE, statementText } from "./statement.ts";

/** Cosign lists bundles by these. */
const CONTENT = "dev.sigstore.bundle.content";
const PREDICATE_TYPE = "dev.sigstore.bundle.predicateType";
const CREATED = "org.opencontainers.image.created";

/** When something was signed. */
export interface SignedAt {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

/** A bundle as a referrer of its subject. */
export function bundleReferrer(
  subject: Descriptor,
  predicateType: string,
  bundle: string,
  { wallMs }: SignedAt,
): Attachment {
  return makeReferrer({
    subject,
    artifactType: BUNDLE,
    layer: attachedBlob(BUNDLE, new TextEncoder().encode(bundle)),
    annotations: {
      [CONTENT]: "dsse-envelope",
      [PREDICATE_TYPE]: predicateType,
      [CREATED]: new Date(wallMs).toISOString().replace(/\.\d+/, ""),
    },
  });
}

/**
 * @param older Layers that stand under the signature's tag already.
 * @returns A sigstore bundle as referrer, and the older form under its tag.
 */
export function signArtifact(
  subject: Descriptor,
  repository: Repository,
  older: readonly AttachedBlob[],
  key: PrivateKey,
  signedAt: SignedAt,
): Attachment[] {
  const { signature } = PREDICATE;
  const statement = statementText(subject.digest, signature, {});
  const bundle = makeBundle(statement, key);
  const layer = makeSimpleLayer(subject.digest, nameOf(repository), key);
  return [
    makeSimpleManifest(subject.digest, [...older, layer]),
    bundleReferrer(subject, signature, bundle, signedAt),
  ];
}
