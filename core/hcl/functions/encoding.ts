/**
 * Base64, URLs and digests.
 *
 * @module
 */

import { stringValue } from "../value.ts";
import { STRING, textOf } from "./arguments.ts";
import { type FunctionDefinition, FunctionError } from "./definition.ts";

type Crypto = typeof import("node:crypto");

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

let crypto: Crypto | undefined;

/** Has to be done before a digest is asked for. */
export async function loadCrypto(): Promise<void> {
  crypto ??= await import("node:crypto");
}

/** The functions that need {@link loadCrypto}. */
export const DIGEST_NAMES = [
  "md5",
  "sha1",
  "sha256",
  "sha512",
  "base64sha256",
  "base64sha512",
];

export const ENCODING_FUNCTIONS: Record<string, FunctionDefinition> = {
  base64encode: texts((text) => toBase64(encoder.encode(text))),
  base64decode: texts(fromBase64),
  urlencode: texts(urlEncode),
  urldecode: texts(urlDecode),
  md5: texts((text) => digest("md5", text, "hex")),
  sha1: texts((text) => digest("sha1", text, "hex")),
  sha256: texts((text) => digest("sha256", text, "hex")),
  sha512: texts((text) => digest("sha512", text, "hex")),
  base64sha256: texts((text) => digest("sha256", text, "base64")),
  base64sha512: texts((text) => digest("sha512", text, "base64")),
};

function texts(call: (text: string) => string): FunctionDefinition {
  return {
    parameters: [{ name: "str", type: STRING }],
    call: (text) => stringValue(call(textOf(text))),
  };
}

/** Standard Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  }
  return btoa(binary);
}

function fromBase64(text: string): string {
  // Go ignores line breaks, and wants the padding.
  const plain = text.replace(/[\r\n]/g, "");
  if (plain.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) {
    throw new FunctionError("the string is not valid Base64", {
      argument: 0,
      isPublic: true,
    });
  }
  const bytes = Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
  try {
    return decoder.decode(bytes);
  } catch {
    throw new FunctionError("what the string encodes is not valid UTF-8", {
      argument: 0,
      isPublic: true,
    });
  }
}

/** For a query: a space becomes `+`. */
function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    .replaceAll("%20", "+");
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new FunctionError("the string is not a valid URL encoding", {
      argument: 0,
      isPublic: true,
    });
  }
}

function digest(
  algorithm: string,
  text: string,
  form: "hex" | "base64",
): string {
  if (crypto === undefined) throw new Error("loadCrypto() comes first");
  return crypto.createHash(algorithm).update(text, "utf8").digest(form);
}
