/**
 * In-toto statements: "of these bytes I say this", and the envelope they are signed
 * in (DSSE).
 *
 * @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 * @see https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 * @module
 */

import { isJsonObject, tryParseObject } from "../base/json.ts";
import { type Digest, hexOf } from "../registry/mod.ts";

/** `payloadType` of an envelope that holds a statement. */
export const STATEMENT = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** What is said of the bytes. */
export const PREDICATE = {
  /** Nothing but that they are mine: what `cosign sign` says. */
  signature: "https://sigstore.dev/cosign/sign/v1",
  /** How they were built. */
  provenance: "https://slsa.dev/provenance/v1",
  /** What they were built from. */
  cycloneDx: "https://cyclonedx.org/bom",
} as const;

/** A statement as it was read. */
export interface Statement {
  readonly predicateType: string;
  readonly predicate: unknown;
  /** Digests of what it is about; SHA-256 alone. */
  readonly subjects: readonly Digest[];
}

/** A statement about one manifest, as JSON. */
export function statementText(
  digest: Digest,
  predicateType: string,
  predicate: Readonly<Record<string, unknown>>,
  name?: string,
): string {
  return JSON.stringify({
    _type: STATEMENT_TYPE,
    subject: [{
      ...name !== undefined && { name },
      digest: { sha256: hexOf(digest) },
    }],
    predicateType,
    predicate,
  });
}

/** @returns `undefined` for what is no statement. */
export function readStatement(text: string): Statement | undefined {
  const { _type, subject, predicateType, predicate } = tryParseObject(text) ??
    {};
  // Cosign before 3 wrote version 0.1 of the same.
  const isKnown = _type === STATEMENT_TYPE ||
    _type === "https://in-toto.io/Statement/v0.1";
  if (!isKnown || typeof predicateType !== "string") return undefined;
  if (!Array.isArray(subject)) return undefined;
  const subjects = subject.flatMap((one): Digest[] => {
    const digests = isJsonObject(one) ? one.digest : undefined;
    const hex = isJsonObject(digests) ? digests.sha256 : undefined;
    return typeof hex === "string" ? [`sha256:${hex}`] : [];
  });
  return { predicateType, predicate, subjects };
}

/** The bytes that are signed for a payload of a type. */
export function signedBytes(
  payloadType: string,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const typeSize = encoder.encode(payloadType).length;
  const head = encoder.encode(
    `DSSEv1 ${typeSize} ${payloadType} ${payload.length} `,
  );
  const all = new Uint8Array(head.length + payload.length);
  all.set(head);
  all.set(payload, head.length);
  return all;
}
