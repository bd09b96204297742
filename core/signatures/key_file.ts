/**
 * Private keys as cosign keeps them: PKCS #8, encrypted with NaCl's secret box
 * under what scrypt makes of a passphrase. Keys of openssl are read as well.
 *
 * @see https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 * @see https://pkg.go.dev/github.com/secure-systems-lab/go-securesystemslib/encrypted
 * @module
 */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  scrypt,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import { isJsonObject, tryParseObject } from "../base/json.ts";
import { keyInvalid, passphraseWrong } from "./problems.ts";
import { hashesOf, type PublicKey, toPublicKey } from "./public_key.ts";

/** What signs. */
export interface PrivateKey {
  readonly key: KeyObject;
  readonly public: PublicKey;
}

/** A new pair, as its two files hold it. */
export interface KeyPairText {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Answers with the passphrase of a key file that has one. */
export type AskPassphrase = () => Promise<string>;

const SEALED = /^-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----$/m;
const PKCS8_SEALED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----$/m;
const PEM_BODY = /-----BEGIN [^-]+-----([A-Za-z0-9+/=\s]+)-----END /;
const MAX_CHARACTERS = 64 * 1024;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 24;
const NEW_PARAMETERS = { N: 2 ** 16, r: 8, p: 1 };
/** The only ones there are: others would be a way to keep a machine busy. */
const KNOWN_N = [2 ** 15, 2 ** 16, 2 ** 17];

/**
 * @param where For the message: `"cosign.key"`.
 * @throws {DstreamError} `sign.key_invalid`, `sign.passphrase_wrong` and what asking
 * throws.
 */
export async function readPrivateKey(
  text: string,
  where: string,
  ask: AskPassphrase,
): Promise<PrivateKey> {
  if (text.length > MAX_CHARACTERS) throw keyInvalid(where, "it is too long");
  if (SEALED.test(text)) return await readSealed(text, where, ask);
  const passphrase = PKCS8_SEALED.test(text) ? await ask() : undefined;
  try {
    return toPrivateKey(createPrivateKey({ key: text, passphrase }));
  } catch (cause) {
    if (passphrase !== undefined) throw passphraseWrong(where);
    throw keyInvalid(where, whyUnreadable(text), cause);
  }
}

function whyUnreadable(text: string): string {
  return /BEGIN PUBLIC KEY-----/.test(text)
    ? "it is the public one, and signing takes the private one"
    : "it is no private key that is known here";
}

async function readSealed(
  text: string,
  where: string,
  ask: AskPassphrase,
): Promise<PrivateKey> {
  const body = PEM_BODY.exec(text)?.[1] ?? "";
  const sealed = readBox(Buffer.from(body, "base64").toString("utf8"));
  if (sealed === undefined) {
    throw keyInvalid(where, "it is damaged, or sealed in an unknown way");
  }
  const der = await open(sealed, await ask());
  if (der === undefined) throw passphraseWrong(where);
  try {
    const key = createPrivateKey({
      key: Buffer.from(der),
      format: "der",
      type: "pkcs8",
    });
    return toPrivateKey(key);
  } catch (cause) {
    throw keyInvalid(where, "it holds no key that is known here", cause);
  }
}

interface SealedBox {
  readonly n: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function readBox(text: string): SealedBox | undefined {
  const { kdf, cipher, ciphertext } = tryParseObject(text) ?? {};
  if (!isJsonObject(kdf) || !isJsonObject(cipher)) return undefined;
  const { N, r, p } = isJsonObject(kdf.params) ? kdf.params : {};
  const isKnown = kdf.name === "scrypt" && cipher.name === "nacl/secretbox" &&
    KNOWN_N.includes(N as number) && r === 8 && p === 1;
  if (!isKnown) return undefined;
  const bytes = (value: unknown) => Buffer.from(String(value), "base64");
  const nonce = bytes(cipher.nonce);
  if (nonce.length !== NONCE_BYTES) return undefined;
  return {
    n: N as number,
    salt: bytes(kdf.salt),
    nonce,
    ciphertext: bytes(ciphertext),
  };
}

async function open(
  { n, salt, nonce, ciphertext }: SealedBox,
  passphrase: string,
): Promise<Uint8Array | undefined> {
  const { secretbox } = await import("@noble/ciphers/salsa.js");
  const key = await derive(passphrase, salt, n);
  try {
    return secretbox(key, nonce).open(ciphertext);
  } catch {
    return undefined;
  }
}

const deriveKey = promisify(scrypt) as (
  passphrase: string,
  salt: Uint8Array,
  size: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

async function derive(
  passphrase: string,
  salt: Uint8Array,
  N: number,
): Promise<Uint8Array> {
  const { r, p } = NEW_PARAMETERS;
  // What scrypt needs, and a little more.
  const maxmem = 130 * N * r;
  const key = await deriveKey(passphrase, salt, KEY_BYTES, { N, r, p, maxmem });
  return new Uint8Array(key);
}

/** A new pair in cosign's format: ECDSA on P-256. */
export async function makeKeyPair(passphrase: string): Promise<KeyPairText> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("ec", {
    namedCurve: "P-256",
  });
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  return {
    privateKey: await seal(new Uint8Array(der), passphrase),
    publicKey: publicKey.export({ type: "spki", format: "pem" }) as string,
  };
}

async function seal(der: Uint8Array, passphrase: string): Promise<string> {
  const { secretbox } = await import("@noble/ciphers/salsa.js");
  const salt = new Uint8Array(randomBytes(SALT_BYTES));
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const key = await derive(passphrase, salt, NEW_PARAMETERS.N);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const box = {
    kdf: { name: "scrypt", params: NEW_PARAMETERS, salt: base64(salt) },
    cipher: { name: "nacl/secretbox", nonce: base64(nonce) },
    ciphertext: base64(secretbox(key, nonce).seal(der)),
  };
  const body = Buffer.from(JSON.stringify(box)).toString("base64")
    .replace(/.{64}/g, "$&\n").trimEnd();
  const label = "ENCRYPTED SIGSTORE PRIVATE KEY";
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

function toPrivateKey(key: KeyObject): PrivateKey {
  return { key, public: toPublicKey(createPublicKey(key)) };
}

/** With the hash that cosign takes for the kind of key. */
export function signBytes(
  { key }: PrivateKey,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sign(hashesOf(key)[0], bytes, key));
}
