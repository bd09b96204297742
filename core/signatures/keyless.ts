/**
 * Signatures without a key of one's own: a certificate for a few minutes says who
 * signed, a log says when.
 *
 * The checks of certificate, log and signature are sigstore's own library; it is
 * loaded when a configuration names an identity. Who it has to be, and of what, is
 * checked here.
 *
 * @see https://docs.sigstore.dev/about/security/
 * @module
 */

import { createHash, KeyObject } from "node:crypto";
import { isJsonObject, tryParseObject } from "../base/json.ts";
import { readBundle } from "./bundle.ts";
import type { Finding, Wanted } from "./judge.ts";
import { hashesOf } from "./public_key.ts";
import type { Signature, SimpleSignature } from "./signature.ts";
import {
  CERTIFICATE,
  LOG_ENTRY,
  readSimpleText,
  SIGNATURE,
} from "./simple_signing.ts";
import { PREDICATE, readStatement } from "./statement.ts";
import { fits, type IdentityTrust } from "./trust.ts";

/** A bundle's JSON, the bytes it is about where they are not in it, and its claims. */
interface Material {
  readonly bundle: unknown;
  readonly artifact?: Uint8Array;
  readonly predicateType: string;
  readonly subjects: readonly string[];
}

/** Holds one signature against an identity. */
export async function judgeKeyless(
  signature: Signature,
  wanted: Wanted,
  trust: IdentityTrust,
): Promise<Finding> {
  const material = signature.kind === "bundle"
    ? ofBundle(signature.text)
    : ofSimple(signature);
  if (typeof material === "string") return { kind: "bad", reason: material };
  if (material.predicateType !== wanted.predicateType) return { kind: "other" };
  const signer = await signerOf(material, trust);
  if (typeof signer === "string") return { kind: "bad", reason: signer };
  const { identity, issuer } = signer;
  const by = `${identity} (${issuer})`;
  if (!fits(identity, trust.identity) || issuer !== trust.issuer) {
    return { kind: "bad", reason: `a signature of somebody else: ${by}` };
  }
  if (material.subjects.includes(wanted.digest)) return { kind: "good", by };
  const [other = "nothing"] = material.subjects;
  const reason = `a signature of other bytes (${other.slice(0, 19)})`;
  return { kind: "bad", reason };
}

/** @returns A text says why it is none. */
function ofBundle(text: string): Material | string {
  const bundle = readBundle(text);
  if (bundle === undefined) return "a bundle that can't be read";
  if (!bundle.hasCertificate) return "a signature with a key, not an identity";
  const statement = readStatement(bundle.statement);
  if (statement === undefined) return "a bundle without a statement";
  return { ...statement, bundle: JSON.parse(text) };
}

/** Cosign 1 and 2 kept the parts of a bundle in annotations. */
function ofSimple(
  { payload, annotations }: SimpleSignature,
): Material | string {
  const certificate = pemBody(annotations[CERTIFICATE]);
  if (certificate === undefined) {
    return "a signature with a key, not an identity";
  }
  const entry = readLogEntry(annotations[LOG_ENTRY] ?? "");
  if (entry === undefined) return "a certificate without an entry in a log";
  const digest = readSimpleText(payload);
  return {
    bundle: {
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: {
        x509CertificateChain: { certificates: [{ rawBytes: certificate }] },
        tlogEntries: [entry],
      },
      messageSignature: {
        messageDigest: {
          algorithm: "SHA2_256",
          digest: createHash("sha256").update(payload).digest("base64"),
        },
        signature: annotations[SIGNATURE] ?? "",
      },
    },
    artifact: payload,
    predicateType: PREDICATE.signature,
    subjects: digest === undefined ? [] : [digest],
  };
}

function pemBody(pem = ""): string | undefined {
  return /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(pem)?.[1]
    .replace(/\s/g, "");
}

function readLogEntry(text: string) {
  const { SignedEntryTimestamp, Payload } = tryParseObject(text) ?? {};
  if (!isJsonObject(Payload)) return undefined;
  const { body, integratedTime, logIndex, logID } = Payload;
  const { kind, apiVersion } = tryParseObject(
    Buffer.from(String(body), "base64").toString("utf8"),
  ) ?? {};
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(String(logID), "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: body,
  };
}

interface Signer {
  readonly identity: string;
  readonly issuer: string;
}

/** Everything but who it has to be. @returns A text says what is wrong. */
async function signerOf(
  { bundle, artifact }: Material,
  { trustedRoot }: IdentityTrust,
): Promise<Signer | string> {
  const { bundleFromJSON, TrustedRoot, verify } = await openLibrary();
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(trustedRoot));
    const { identity } = verify(bundleFromJSON(bundle), artifact, root);
    const { subjectAlternativeName: name, extensions } = identity ?? {};
    if (name && extensions?.issuer) {
      return { identity: name, issuer: extensions.issuer };
    }
    return "a certificate that says neither who nor by whom";
  } catch (error) {
    return reasonOf(error);
  }
}

async function openLibrary() {
  const [{ bundleFromJSON }, { TrustedRoot }, library, core] = await Promise
    .all([
      import("@sigstore/bundle"),
      import("@sigstore/protobuf-specs"),
      import("@sigstore/verify"),
      import("@sigstore/core"),
    ]);
  nameHashes(core.crypto);
  const { toSignedEntity, toTrustMaterial, Verifier } = library;
  const verify = (
    bundle: ReturnType<typeof bundleFromJSON>,
    artifact: Uint8Array | undefined,
    root: ReturnType<typeof TrustedRoot.fromJSON>,
  ) => {
    const entity = toSignedEntity(bundle, artifact && Buffer.from(artifact));
    return new Verifier(toTrustMaterial(root)).verify(entity);
  };
  return { bundleFromJSON, TrustedRoot, verify };
}

type Verify = typeof import("@sigstore/core").crypto.verify;
const named = new WeakSet<object>();

/**
 * The library leaves the hash of a key to the runtime, and Deno, unlike Node, has no
 * default there: so it is named.
 */
function nameHashes(crypto: { verify: Verify }): void {
  if (named.has(crypto)) return;
  named.add(crypto);
  const { verify } = crypto;
  crypto.verify = (data, key, signature, algorithm) =>
    verify(data, key, signature, algorithm ?? hashOf(key));
}

function hashOf(key: Parameters<Verify>[1]): string | undefined {
  return key instanceof KeyObject ? hashesOf(key)[0] ?? undefined : undefined;
}

function reasonOf(error: unknown): string {
  const { code = "", message = "" } = error as {
    code?: string;
    message?: string;
  };
  const what = Object.entries(REASONS)
    .find(([start]) => code.startsWith(start))?.[1];
  return what === undefined
    ? `a bundle that can't be read: ${message}`
    : `${what} (${message})`;
}

/** The library's codes, by how they begin. */
const REASONS: Readonly<Record<string, string>> = {
  CERTIFICATE: "a certificate that isn't trusted, or wasn't valid then",
  TIMESTAMP: "a signature without a trusted time",
  TLOG: "a signature without a good entry in a trusted log",
  SIGNATURE: "a signature that was changed, or is of another text",
};

/** Whether a text may be a trusted root; its parts are read when they are needed. */
export function isTrustedRoot(text: string): boolean {
  const { certificateAuthorities, tlogs } = tryParseObject(text) ?? {};
  return Array.isArray(certificateAuthorities) && Array.isArray(tlogs);
}
