/**
 * What is said of an artifact besides whose it is: how it was built (SLSA
 * provenance), what it is made of (CycloneDX). Signed as a bundle where there is a
 * key; without one as it is, and then anybody may have said it.
 *
 * @see https://slsa.dev/spec/v1.0/provenance
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import {
  attachedBlob,
  type Attachment,
  type Descriptor,
  type Digest,
  makeReferrer,
  type RegistryClient,
  type Repository,
} from "../registry/mod.ts";
import { isBundleType, makeBundle, readBundle } from "./bundle.ts";
import { readAttached, referrersOf } from "./find.ts";
import { judge, type Verdict } from "./judge.ts";
import type { PrivateKey } from "./key_file.ts";
import { bundleReferrer, type SignedAt } from "./sign.ts";
import {
  PREDICATE,
  readStatement,
  STATEMENT,
  statementText,
} from "./statement.ts";
import type { Trust } from "./trust.ts";

/** A bill of materials as it is. */
export const CYCLONE_DX = "application/vnd.cyclonedx+json";

/** What is to be said. */
export interface Claim {
  /** One of `PREDICATE`, or another URI. */
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** What somebody says of an artifact. */
export interface Attestation extends Claim {
  /** JSON of the bundle; absent: nobody signed it. */
  readonly bundle?: string;
}

/** @returns What is to be attached to the subject. */
export function attest(
  subject: Descriptor,
  { predicateType, predicate }: Claim,
  key: PrivateKey | undefined,
  signedAt: SignedAt,
): Attachment {
  const { mediaType, digest, size } = subject;
  const plain = { mediaType, digest, size };
  const statement = statementText(digest, predicateType, predicate);
  if (key !== undefined) {
    const bundle = makeBundle(statement, key);
    return bundleReferrer(plain, predicateType, bundle, signedAt);
  }
  const isBill = predicateType === PREDICATE.cycloneDx;
  const artifactType = isBill ? CYCLONE_DX : STATEMENT;
  const text = isBill ? JSON.stringify(predicate) : statement;
  return makeReferrer({
    subject: plain,
    artifactType,
    layer: attachedBlob(artifactType, new TextEncoder().encode(text)),
    annotations: { [PREDICATE_TYPE]: predicateType },
  });
}

const PREDICATE_TYPE = "in-toto.io/predicate-type";

/** All that is said of an artifact, but for plain signatures. */
export async function findAttestations(
  client: RegistryClient,
  repository: Repository,
  digest: Digest,
): Promise<Attestation[]> {
  const isKnown = ({ artifactType }: Descriptor) =>
    isBundleType(artifactType) || artifactType === STATEMENT ||
    artifactType === CYCLONE_DX;
  const found: Attestation[] = [];
  for (
    const manifest of await referrersOf(client, repository, digest, isKnown)
  ) {
    for (const layer of manifest.layers) {
      if (!isBundleType(layer.mediaType) && !isKnownText(layer)) continue;
      const bytes = await readAttached(client, repository, layer);
      const text = new TextDecoder().decode(bytes);
      const one = readAttestation(layer.mediaType, text, digest);
      if (one !== undefined) found.push(one);
    }
  }
  return found;
}

function isKnownText({ mediaType }: Descriptor): boolean {
  return mediaType === STATEMENT || mediaType === CYCLONE_DX;
}

function readAttestation(
  mediaType: string,
  text: string,
  digest: Digest,
): Attestation | undefined {
  if (mediaType === CYCLONE_DX) {
    const predicate = tryParseObject(text);
    return predicate && { predicateType: PREDICATE.cycloneDx, predicate };
  }
  const isBundle = isBundleType(mediaType);
  const statement = readStatement(
    isBundle ? readBundle(text)?.statement ?? "" : text,
  );
  if (statement === undefined || !statement.subjects.includes(digest)) {
    return undefined;
  }
  const { predicateType, predicate } = statement;
  if (predicateType === PREDICATE.signature) return undefined;
  if (!isJsonObject(predicate)) return undefined;
  return { predicateType, predicate, ...isBundle && { bundle: text } };
}

/** Whether somebody trusted has said it. */
export async function judgeAttestation(
  { bundle, predicateType }: Attestation,
  digest: Digest,
  trust: Trust,
): Promise<Verdict> {
  if (bundle === undefined) return { kind: "unsigned" };
  const signature = { kind: "bundle", text: bundle } as const;
  return await judge([signature], digest, trust, predicateType);
}
