/**
 * Whether one of the signatures that were found is by somebody trusted, and about
 * these very bytes.
 *
 * One good signature is enough: others may be by people we don't know. Where none
 * is good, each one's reason is told.
 *
 * @module
 */

import type { Digest } from "../registry/mod.ts";
import { readBundle } from "./bundle.ts";
import { hintOf, isSignedBy, type PublicKey } from "./public_key.ts";
import type { Signature, SimpleSignature } from "./signature.ts";
import { CERTIFICATE, readSimpleText, SIGNATURE } from "./simple_signing.ts";
import { PREDICATE, readStatement } from "./statement.ts";
import type { Trust } from "./trust.ts";

/** What the signatures of an artifact amount to. */
export type Verdict =
  | { readonly kind: "signed"; readonly by: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "invalid"; readonly reasons: readonly string[] };

/** What one signature amounts to. */
export type Finding =
  | { readonly kind: "good"; readonly by: string }
  | { readonly kind: "bad"; readonly reason: string }
  /** It says something else of the artifact. */
  | { readonly kind: "other" };

/**
 * Judges all signatures of one artifact.
 * @param predicateType What has to be said; unless told, "this is mine".
 */
export async function judge(
  signatures: readonly Signature[],
  digest: Digest,
  trust: Trust,
  predicateType: string = PREDICATE.signature,
): Promise<Verdict> {
  const reasons = new Set<string>();
  for (const signature of signatures) {
    const finding = await judgeOne(signature, { digest, predicateType }, trust);
    if (finding.kind === "good") return { kind: "signed", by: finding.by };
    if (finding.kind === "bad") reasons.add(finding.reason);
  }
  if (reasons.size === 0) return { kind: "unsigned" };
  return { kind: "invalid", reasons: [...reasons] };
}

/** What a signature has to say. */
export interface Wanted {
  readonly digest: Digest;
  readonly predicateType: string;
}

async function judgeOne(
  signature: Signature,
  wanted: Wanted,
  trust: Trust,
): Promise<Finding> {
  if (!("keys" in trust)) {
    const { judgeKeyless } = await import("./keyless.ts");
    return await judgeKeyless(signature, wanted, trust);
  }
  return signature.kind === "bundle"
    ? judgeBundle(signature.text, wanted, trust.keys)
    : judgeSimple(signature, wanted.digest, trust.keys);
}

function judgeBundle(
  text: string,
  { digest, predicateType }: Wanted,
  keys: readonly PublicKey[],
): Finding {
  const bundle = readBundle(text);
  if (bundle === undefined) return bad("a bundle that can't be read");
  const statement = readStatement(bundle.statement);
  const isOther = statement !== undefined &&
    statement.predicateType !== predicateType;
  if (isOther) return { kind: "other" };
  const { signed, signature } = bundle;
  const key = keys.find((key) => isSignedBy(key, signed, signature));
  if (key === undefined) {
    if (bundle.hasCertificate) {
      return bad("a signature with a certificate, not with a key");
    }
    const isOurs = keys.some((key) => hintOf(key) === bundle.keyHint);
    return bad(isOurs ? CHANGED : `a signature with ${nameOfHint(bundle)}`);
  }
  if (statement === undefined) return bad("a bundle without a statement");
  return about(statement.subjects, digest, key);
}

const CHANGED = "a signature that was changed, or is of another text";

function nameOfHint({ keyHint }: { readonly keyHint?: string }): string {
  const hex = Buffer.from(keyHint ?? "", "base64").toString("hex");
  return hex.length === 64
    ? `another key (sha256:${hex.slice(0, 12)})`
    : "another key";
}

function judgeSimple(
  { payload, annotations }: SimpleSignature,
  digest: Digest,
  keys: readonly PublicKey[],
): Finding {
  const signature = Buffer.from(annotations[SIGNATURE] ?? "", "base64");
  const key = keys.find((key) => isSignedBy(key, payload, signature));
  if (key === undefined) {
    return bad(
      annotations[CERTIFICATE] === undefined
        ? "a signature with another key, or one that was changed"
        : "a signature with a certificate, not with a key",
    );
  }
  const subject = readSimpleText(payload);
  return about(subject === undefined ? [] : [subject], digest, key);
}

/** The signature is good; is it one of this artifact? */
function about(
  subjects: readonly Digest[],
  digest: Digest,
  { fingerprint }: PublicKey,
): Finding {
  if (subjects.includes(digest)) {
    return { kind: "good", by: `key ${fingerprint}` };
  }
  return bad(ofOther(subjects));
}

/** A good signature that belongs to something else. */
export function ofOther(subjects: readonly Digest[]): string {
  const [first] = subjects;
  return first === undefined
    ? "a signature of nothing"
    : `a signature of other bytes (${first.slice(0, 19)})`;
}

function bad(reason: string): Finding {
  return { kind: "bad", reason };
}
