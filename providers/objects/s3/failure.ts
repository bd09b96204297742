/**
 * What S3 says when it says no, for people.
 *
 * @module
 */

import type { StoreRefusal } from "../store_error.ts";
import { textOf } from "./xml.ts";

const MOST_CHARACTERS = 300;
const MOST_BODY_BYTES = 64 * 1024;

/** In words of ours where S3's don't help. */
const WORDS: Readonly<Record<string, string>> = {
  NoSuchBucket: "there is no such bucket (`dstream init` makes it)",
  AccessDenied: "access denied",
  InvalidAccessKeyId: "the access key is not known there",
  SignatureDoesNotMatch: "the secret of the access key is another one",
};
/** For answers without a body, those to HEAD. */
const CODES: Readonly<Record<number, string>> = {
  403: "AccessDenied",
  404: "NoSuchKey",
};

/** Reads a refusal to its end. */
export async function refusalOf(
  what: string,
  answer: Response,
): Promise<StoreRefusal> {
  const { status, headers } = answer;
  const body = (await answer.text().catch(() => "")).slice(0, MOST_BODY_BYTES);
  return refusalIn(what, status, body, headers.get("x-amz-bucket-region"));
}

/** The refusal that a body tells; S3 sends some with status 200. */
export function refusalIn(
  what: string,
  status: number,
  body: string,
  region?: string | null,
): StoreRefusal {
  const code = textOf(body, "Code") ?? CODES[status] ?? `HTTP ${status}`;
  const said = (textOf(body, "Message") ?? "").slice(0, MOST_CHARACTERS);
  const message = WORDS[code] ??
    (said === "" ? `the store answered ${code}` : `${said} (${code})`);
  const isElsewhere = (status === 301 || status === 400) && region;
  return {
    what,
    status,
    code: status === 301 ? "PermanentRedirect" : code,
    message: isElsewhere ? `the bucket is in ${region}` : message,
    ...(isElsewhere ? { hint: `set region = "${region}"` } : {}),
  };
}

/** Why no answer came. */
export function errorTextOf(error: unknown): string {
  const { name, message } = error as Error;
  if (name === "TimeoutError") return "no answer in time";
  if (name === "AbortError") return "it was stopped";
  const text = message.replace(/^.*client error \([^)]*\)(: )?/, "")
    .replace(/^error sending request for url \([^)]*\):?\s*/, "")
    .replace(/ \(os error \d+\)/, "");
  return text.toLowerCase() || "no connection";
}
