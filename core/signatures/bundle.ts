/**
 * Sigstore bundles: a signed statement with what is needed to check it, as cosign 3
 * attaches them.
 *
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import { type PrivateKey, signBytes } from "./key_file.ts";
import { hintOf } from "./public_key.ts";
import { signedBytes, STATEMENT } from "./statement.ts";

/** What we write, and the beginning of all that are read. */
export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const ANY_BUNDLE = /^application\/vnd\.dev\.sigstore\.bundle[.+]/;

/** Whether a media type is that of a bundle, of any version. */
export function isBundleType(mediaType: string | undefined): boolean {
  return ANY_BUNDLE.test(mediaType ?? "");
}

/** A bundle taken apart; nothing of it is checked. */
export interface Bundle {
  /** In-toto statement, as JSON. */
  readonly statement: string;
  /** What the signature is over. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  /** Base64 of the key's digest, where a key signed. */
  readonly keyHint?: string;
  /** A certificate says who signed. */
  readonly hasCertificate: boolean;
}

/** Signs a statement. @returns The bundle's JSON. */
export function makeBundle(statement: string, key: PrivateKey): string {
  const payload = new TextEncoder().encode(statement);
  const signature = signBytes(key, signedBytes(STATEMENT, payload));
  return JSON.stringify({
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: hintOf(key.public) } },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType: STATEMENT,
      signatures: [{ sig: base64(signature) }],
    },
  });
}

/** @returns `undefined` for what is no bundle with one signed statement. */
export function readBundle(text: string): Bundle | undefined {
  const { verificationMaterial, dsseEnvelope } = tryParseObject(text) ?? {};
  if (!isJsonObject(verificationMaterial)) return undefined;
  if (!isJsonObject(dsseEnvelope)) return undefined;
  const { payload, payloadType, signatures } = dsseEnvelope;
  const [only, second] = Array.isArray(signatures) ? signatures : [];
  // One signer: two could be taken for each other.
  if (second !== undefined || !isJsonObject(only)) return undefined;
  if (payloadType !== STATEMENT || typeof payload !== "string") {
    return undefined;
  }
  const bytes = Buffer.from(payload, "base64");
  const { publicKey, certificate, x509CertificateChain } = verificationMaterial;
  const hint = isJsonObject(publicKey) ? publicKey.hint : undefined;
  return {
    statement: bytes.toString("utf8"),
    signed: signedBytes(STATEMENT, bytes),
    signature: Buffer.from(String(only.sig), "base64"),
    ...typeof hint === "string" && { keyHint: hint },
    hasCertificate: isJsonObject(certificate) ||
      isJsonObject(x509CertificateChain),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
