/**
 * A key and a self-signed certificate for localhost, made anew for every run, so that
 * no key lies in the repository.
 *
 * X.509 (RFC 5280) in DER, as little of it as a client accepts.
 *
 * @module
 */

import { concat } from "./packets.ts";
import type { TlsIdentity } from "./tls_channel.ts";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OBJECT = 0x06;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const BOOLEAN = 0x01;
const UTF8 = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const ECDSA_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const COMMON_NAME = [0x55, 0x04, 0x03];
const ALTERNATIVE_NAMES = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];

/** Names `localhost` and 127.0.0.1; nobody trusts it who isn't told to. */
export async function makeTestIdentity(): Promise<TlsIdentity> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]);
  const publicKey = await crypto.subtle.exportKey("spki", keys.publicKey);
  const body = certificateBody(new Uint8Array(publicKey));
  const signature = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    keys.privateKey,
    body,
  );
  const signed = bits(toDer(new Uint8Array(signature)));
  const certificate = der(SEQUENCE, body, signatureAlgorithm(), signed);
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", new Uint8Array(key)),
  };
}

function certificateBody(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const version = der(0xa0, der(INTEGER, new Uint8Array([2])));
  const serial = crypto.getRandomValues(new Uint8Array(8));
  serial[0] &= 0x7f; // Negative otherwise.
  serial[0] |= 0x40;
  const subject = name("localhost");
  return der(
    SEQUENCE,
    version,
    der(INTEGER, serial),
    signatureAlgorithm(),
    subject,
    validity(),
    subject,
    publicKey,
    der(0xa3, der(SEQUENCE, alternativeNames(), basicConstraints())),
  );
}

function signatureAlgorithm(): Uint8Array {
  return der(SEQUENCE, der(OBJECT, new Uint8Array(ECDSA_SHA256)));
}

function name(commonName: string): Uint8Array {
  const type = der(OBJECT, new Uint8Array(COMMON_NAME));
  const value = der(UTF8, ascii(commonName));
  return der(SEQUENCE, der(SET, der(SEQUENCE, type, value)));
}

function validity(): Uint8Array {
  return der(
    SEQUENCE,
    der(UTC_TIME, ascii("200101000000Z")),
    der(GENERALIZED_TIME, ascii("21200101000000Z")),
  );
}

function alternativeNames(): Uint8Array {
  const names = der(
    SEQUENCE,
    der(0x82, ascii("localhost")),
    der(0x87, new Uint8Array([127, 0, 0, 1])),
  );
  const id = der(OBJECT, new Uint8Array(ALTERNATIVE_NAMES));
  return der(SEQUENCE, id, der(OCTET_STRING, names));
}

/** It is its own authority. */
function basicConstraints(): Uint8Array {
  const isAuthority = der(SEQUENCE, der(BOOLEAN, new Uint8Array([0xff])));
  const id = der(OBJECT, new Uint8Array(BASIC_CONSTRAINTS));
  return der(SEQUENCE, id, der(OCTET_STRING, isAuthority));
}

/** WebCrypto has the two numbers side by side; X.509 wants them in a sequence. */
function toDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return der(
    SEQUENCE,
    positive(signature.subarray(0, half)),
    positive(signature.subarray(half)),
  );
}

function positive(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(first);
  return digits[0] < 0x80
    ? der(INTEGER, digits)
    : der(INTEGER, new Uint8Array(1), digits);
}

function bits(bytes: Uint8Array): Uint8Array {
  return der(BIT_STRING, new Uint8Array(1), bytes);
}

function der(tag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(parts);
  const size = content.length;
  const length = size < 0x80
    ? [size]
    : size < 0x100
    ? [0x81, size]
    : [0x82, size >> 8, size & 0xff];
  return concat([new Uint8Array([tag, ...length]), content]);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${
    lines.join("\n")
  }\n-----END ${label}-----\n`;
}
