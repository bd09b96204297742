/**
 * Signatures as they were found, before anything of them is believed; and as text,
 * so that a cache can keep them.
 *
 * @module
 */

import { isJsonObject, tryParseJson } from "../base/json.ts";

/** What somebody attached to an artifact to say that it is theirs. */
export type Signature = BundleSignature | SimpleSignature;

/** A sigstore bundle. */
export interface BundleSignature {
  readonly kind: "bundle";
  /** JSON. */
  readonly text: string;
}

/** A text with a digest, and beside it the signature. */
export interface SimpleSignature {
  readonly kind: "simple";
  readonly payload: Uint8Array;
  /** Of the layer: signature, and certificate where no key signed. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** As `readSignatures` reads it. */
export function formatSignatures(signatures: readonly Signature[]): string {
  return JSON.stringify(
    signatures.map((one) =>
      one.kind === "bundle"
        ? one
        : { ...one, payload: Buffer.from(one.payload).toString("base64") }
    ),
  );
}

/** @returns `undefined` for another text: what is kept may be damaged. */
export function readSignatures(text: string): Signature[] | undefined {
  const list = tryParseJson(text);
  if (!Array.isArray(list)) return undefined;
  const signatures = list.flatMap((one): Signature[] => {
    if (!isJsonObject(one)) return [];
    if (one.kind === "bundle" && typeof one.text === "string") {
      return [{ kind: "bundle", text: one.text }];
    }
    const isSimple = one.kind === "simple" && typeof one.payload === "string" &&
      isJsonObject(one.annotations);
    if (!isSimple) return [];
    return [{
      kind: "simple",
      payload: Buffer.from(one.payload as string, "base64"),
      annotations: one.annotations as Record<string, string>,
    }];
  });
  return signatures.length === list.length ? signatures : undefined;
}
