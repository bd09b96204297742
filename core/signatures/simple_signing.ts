/**
 * Signatures as cosign 1 and 2 keep them: a small text with the artifact's digest,
 * signed, in a manifest that stands under the tag `sha256-….sig`.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import {
  type AttachedBlob,
  attachedBlob,
  type Attachment,
  type Digest,
  encodeManifest,
  isDigest,
  MANIFEST,
  referrersTag,
} from "../registry/mod.ts";
import { type PrivateKey, signBytes } from "./key_file.ts";

/** A layer: the text. */
export const SIMPLE_SIGNING =
  "application/vnd.dev.cosign.simplesigning.v1+json";
/** Of such a layer: the signature over its bytes. */
export const SIGNATURE = "dev.cosignproject.cosign/signature";
/** Where no key signed: who did, says Fulcio, and when, says Rekor. */
export const CERTIFICATE = "dev.sigstore.cosign/certificate";
export const CHAIN = "dev.sigstore.cosign/chain";
export const LOG_ENTRY = "dev.sigstore.cosign/bundle";

const CONFIG = "application/vnd.oci.image.config.v1+json";
const TYPE = "cosign container image signature";
const NO_TIME = "0001-01-01T00:00:00Z";

/** `sha256-1a2b….sig` */
export function signatureTag(digest: Digest): string {
  return `${referrersTag(digest)}.sig`;
}

/** The text and its signature, as a layer. */
export function makeSimpleLayer(
  digest: Digest,
  name: string,
  key: PrivateKey,
): AttachedBlob {
  const text = JSON.stringify({
    critical: {
      identity: { "docker-reference": name },
      image: { "docker-manifest-digest": digest },
      type: TYPE,
    },
    optional: null,
  });
  const bytes = new TextEncoder().encode(text);
  const signature = Buffer.from(signBytes(key, bytes)).toString("base64");
  return attachedBlob(SIMPLE_SIGNING, bytes, { [SIGNATURE]: signature });
}

/** The manifest that holds the layers; older ones come first. */
export function makeSimpleManifest(
  digest: Digest,
  layers: readonly AttachedBlob[],
): Attachment {
  const config = attachedBlob(CONFIG, configOf(layers));
  return {
    mediaType: MANIFEST,
    bytes: encodeManifest({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
    blobs: [config, ...layers],
    tag: signatureTag(digest),
  };
}

/** It has to look like an image: so cosign makes it. */
function configOf(layers: readonly AttachedBlob[]): Uint8Array<ArrayBuffer> {
  return encodeManifest({
    architecture: "",
    created: NO_TIME,
    history: layers.map(() => ({ created: NO_TIME })),
    os: "",
    rootfs: {
      type: "layers",
      diff_ids: layers.map(({ descriptor }) => descriptor.digest),
    },
    config: {},
  });
}

/** @returns The digest the text is about; `undefined` for another text. */
export function readSimpleText(bytes: Uint8Array): Digest | undefined {
  const { critical } = tryParseObject(new TextDecoder().decode(bytes)) ?? {};
  if (!isJsonObject(critical) || !isJsonObject(critical.image)) {
    return undefined;
  }
  const digest = critical.image["docker-manifest-digest"];
  return isDigest(digest) ? digest : undefined;
}
