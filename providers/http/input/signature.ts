/**
 * Who signed a request.
 *
 * Sources: GitHub, "Validating webhook deliveries"; Stripe, "Verify webhook
 * signatures manually".
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import type { HttpInputConfig } from "./config.ts";

type Signature = NonNullable<HttpInputConfig["signature"]>;

/** Whether one of the secrets signed these very bytes. */
export function isSigned(
  signature: Signature,
  headers: Headers,
  body: Uint8Array,
  nowMs: number,
): boolean {
  switch (signature.type) {
    case "github":
      return isOneOf(signature, body, "sha256", "hex", [
        after("sha256=", headers.get("x-hub-signature-256")),
      ]);
    case "stripe":
      return isStripe(signature, headers.get("stripe-signature"), body, nowMs);
    case "generic": {
      const { header, prefix, algorithm, encoding } = signature;
      return isOneOf(signature, body, algorithm, encoding, [
        after(prefix, headers.get(header)),
      ]);
    }
  }
}

/** `t=1700000000,v1=…,v1=…` over `t.body`. */
function isStripe(
  signature: Signature,
  header: string | null,
  body: Uint8Array,
  nowMs: number,
): boolean {
  const parts = (header ?? "").split(",").map((part) => part.trim().split("="));
  const time = parts.find(([name]) => name === "t")?.[1];
  const ageMs = Math.abs(nowMs - Number(time) * 1000);
  if (time === undefined || !(ageMs <= signature.toleranceMs)) return false;
  const signed = Buffer.concat([Buffer.from(`${time}.`), body]);
  const given = parts.filter(([name]) => name === "v1").map(([, text]) => text);
  return isOneOf(signature, signed, "sha256", "hex", given);
}

function isOneOf(
  { secrets }: Signature,
  signed: Uint8Array,
  algorithm: string,
  encoding: "hex" | "base64",
  given: readonly (string | undefined)[],
): boolean {
  return secrets.some((secret) => {
    const right = createHmac(algorithm, secret).update(signed).digest();
    return given.some((text) => {
      const bytes = Buffer.from(text ?? "", encoding);
      return bytes.length === right.length && timingSafeEqual(bytes, right);
    });
  });
}

function after(prefix: string, text: string | null): string | undefined {
  return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}
