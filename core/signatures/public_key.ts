/**
 * Public keys: PEM text → keys that check signatures.
 *
 * One text may hold several, so that an old key and its successor can be trusted
 * side by side for a while.
 *
 * @module
 */

import {
  createHash,
  createPublicKey,
  type KeyObject,
  verify,
} from "node:crypto";
import { keyInvalid } from "./problems.ts";

/** A key that signatures are checked with. */
export interface PublicKey {
  readonly key: KeyObject;
  /** `sha256:…` of its DER form: how people tell keys apart. */
  readonly fingerprint: string;
}

const BLOCK = /-----BEGIN ((?:RSA )?PUBLIC KEY)-----[\s\S]+?-----END \1-----/g;
/** More is no key file. */
const MAX_CHARACTERS = 64 * 1024;
const MAX_KEYS = 16;

/**
 * @param where For the message: `"cosign.pub"`.
 * @throws {DstreamError} `sign.key_invalid`
 */
export function readPublicKeys(text: string, where: string): PublicKey[] {
  if (text.length > MAX_CHARACTERS) throw keyInvalid(where, "it is too long");
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0) throw keyInvalid(where, whyNone(text));
  if (blocks.length > MAX_KEYS) {
    throw keyInvalid(where, `it holds more than ${MAX_KEYS} keys`);
  }
  return blocks.map((block) => {
    try {
      return toPublicKey(createPublicKey(block));
    } catch (cause) {
      throw keyInvalid(where, "it is no public key that is known here", cause);
    }
  });
}

function whyNone(text: string): string {
  return /PRIVATE KEY-----/.test(text)
    ? "it is a private key, which belongs to who signs"
    : 'it holds no PEM text that begins with "-----BEGIN PUBLIC KEY-----"';
}

/** @throws {Error} For kinds of keys that sign nothing. */
export function toPublicKey(key: KeyObject): PublicKey {
  if (hashesOf(key).length === 0) throw new Error("an unknown kind of key");
  const der = key.export({ type: "spki", format: "der" });
  const digest = createHash("sha256").update(der).digest("hex");
  return { key, fingerprint: `sha256:${digest}` };
}

/** `uN6BBZl…=`: how a bundle names a key. */
export function hintOf({ fingerprint }: PublicKey): string {
  return Buffer.from(fingerprint.slice("sha256:".length), "hex")
    .toString("base64");
}

/** A signature over bytes, made with any hash that goes with the key. */
export function isSignedBy(
  { key }: PublicKey,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  return hashesOf(key).some((hash) => {
    try {
      return verify(hash, bytes, key, signature);
    } catch {
      return false; // no signature at all
    }
  });
}

/** The hashes that cosign uses with a kind of key, its own choice first. */
export function hashesOf(key: KeyObject): (string | null)[] {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return ["sha256"];
    case "ed25519":
      return [null];
    case "ec":
      return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? [];
    default:
      return [];
  }
}

const CURVES: Readonly<Record<string, string[]>> = {
  "prime256v1": ["sha256"],
  "P-256": ["sha256"],
  "secp384r1": ["sha384", "sha256"],
  "P-384": ["sha384", "sha256"],
  "secp521r1": ["sha512", "sha256"],
  "P-521": ["sha512", "sha256"],
};
