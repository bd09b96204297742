/**
 * What can go wrong between us and a registry, said so that somebody can act.
 *
 * Addresses are shown without query and user: signed ones are secrets.
 *
 * @module
 */

import { DstreamError, type ErrorCode } from "../base/errors.ts";

/** What was attempted: "pull ghcr.io/acme/in-pg:1.4.0". */
export interface Attempted {
  readonly action: string;
  readonly registry: string;
}

const MAX_MESSAGE_CHARACTERS = 300;

/** No answer came. */
export function unreachable(
  { action, registry }: Attempted,
  cause: unknown,
): DstreamError {
  const reason = innermost(cause);
  return new DstreamError(
    "registry.unreachable",
    `cannot ${action}: ${registry} does not answer: ${reason}`,
    { cause, hint: hintForConnection(reason, registry) },
  );
}

/** The runtime wraps the system's words twice. */
function innermost(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < 5; depth++) {
    if (!(at instanceof Error) || at.cause === undefined) break;
    at = at.cause;
  }
  const text = at instanceof Error ? at.message : String(at);
  return plainWords(withoutAddress(text).split("\n")[0]);
}

/** "client error (Connect): tcp connect error: Connection refused (os error 111)" */
function plainWords(text: string): string {
  return text.replace(
    /^(?:client error \([^)]*\)|tcp connect error|dns error): /,
    "",
  )
    .replace(/^(?:tcp connect error|dns error): /, "")
    .replace(/ \(os error \d+\)/, "");
}

/** "error sending request for url (https://…?token=…): reason" → "reason" */
function withoutAddress(text: string): string {
  return text.replace(/^.*?for url \([^)]*\)(?: from [^ ]+)?:?\s*/, "")
    .replace(/https?:\/\/[^\s)]*/g, (url) => shownUrl(url)) ||
    "the connection was lost";
}

function hintForConnection(reason: string, registry: string): string {
  if (/CaUsedAsEndEntity/i.test(reason)) {
    return "its certificate is a certificate authority's own; give the server " +
      "a certificate signed by it, and name the authority's in DSTREAM_CA_FILE";
  }
  if (/UnknownIssuer|self.?signed/i.test(reason)) {
    return "name the file with your certificate authority in DSTREAM_CA_FILE";
  }
  if (/NotValidForName/i.test(reason)) {
    return "its certificate is for another name";
  }
  if (/InvalidContentType|corrupt message|wrong version/i.test(reason)) {
    return `it may speak HTTP only: insecure_registries = ["${registry}"] in the dstream block allows that`;
  }
  if (/dns|lookup|resolve|not known/i.test(reason)) {
    return "check the registry's name, the network and HTTPS_PROXY";
  }
  return "is it running, and can this machine reach it?";
}

/**
 * An answer that says no.
 * @param said The beginning of its body.
 * @param redirectedTo The host that says so, when that is not the registry.
 */
export function refused(
  { action, registry }: Attempted,
  status: number,
  said: string,
  redirectedTo?: string,
): DstreamError {
  const message = messageOf(said);
  const why = message === "" ? "" : `: ${message}`;
  const [code, text, ownHint] = explain(status, redirectedTo ?? registry);
  // Logging in to a store of blobs is nothing that anybody could do.
  const hint = redirectedTo === undefined
    ? ownHint
    : `${registry} has sent us there; try again, or tell its keeper`;
  return new DstreamError(code, `cannot ${action}: ${text}${why}`, { hint });
}

function explain(
  status: number,
  registry: string,
): [ErrorCode, string, string | undefined] {
  switch (status) {
    case 401:
      return [
        "registry.unauthorized",
        `${registry} wants to know who you are`,
        `\`dstream provider login ${registry}\`, or DSTREAM_REGISTRY_TOKEN="${registry}=…"`,
      ];
    case 403:
      return [
        "registry.denied",
        `${registry} does not allow it`,
        "check the name, and what your account or token may do",
      ];
    case 404:
      return [
        "registry.not_found",
        `${registry} has no such thing`,
        "check the name and the version; private ones may need `dstream provider login`",
      ];
    case 429:
      return [
        "registry.rate_limited",
        `${registry} says that it was asked too often`,
        "wait a little, or log in: known users may ask more often",
      ];
    default:
      return [
        status >= 500 && status !== 501
          ? "registry.failed"
          : "registry.refused",
        `${registry} answered with HTTP ${status}`,
        undefined,
      ];
  }
}

/** `{"errors":[{"code":"…","message":"…"}]}`, or nothing. */
function messageOf(said: string): string {
  try {
    const first = JSON.parse(said)?.errors?.[0];
    const words = printable(String(first?.message ?? first?.code ?? ""));
    return words.slice(0, MAX_MESSAGE_CHARACTERS);
  } catch {
    return "";
  }
}

/** A registry's words must not move the terminal's cursor. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
}

/** Scheme, host and path alone. */
export function shownUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "(an address)";
  }
}
