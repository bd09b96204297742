/**
 * Why a provider is not installed: the errors that installing ends with.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { formatReference, hasCode, type Reference } from "../registry/mod.ts";

/** The cache lacks it, and the registry may not be asked. */
export function notCached(name: string): DstreamError {
  return new DstreamError(
    "install.not_cached",
    `"${name}" is not in the cache, and --pull never says not to get it`,
    { hint: `\`dstream provider pull "${name}"\` gets it` },
  );
}

/** The cached bytes are not those of the digest. */
export function damaged(name: string): DstreamError {
  return new DstreamError(
    "install.damaged",
    `"${name}" is damaged in the cache, and --pull never says not to get it again`,
    { hint: `\`dstream provider pull "${name}"\` mends it` },
  );
}

/** The registry deleted what the lock file names; another error stays as it is. */
export function lockedIsGone(error: unknown, reference: Reference): unknown {
  if (!hasCode(error, "registry.not_found")) return error;
  return new DstreamError(
    "lock.not_found",
    `${reference.registry} has not got what the lock file names: ` +
      formatReference(reference),
    {
      cause: error,
      hint:
        "was it deleted there? `dstream init --upgrade` locks what is there now",
    },
  );
}

/** An index where a manifest has to be. */
export function nested(name: string): DstreamError {
  return new DstreamError(
    "registry.manifest_invalid",
    `cannot use "${name}": its index holds an index for this platform`,
    { hint: "the artifact has to be pushed again by its publisher" },
  );
}

/** Other bytes than the lock file has. */
export function locksOther(
  name: string,
  wanted: string,
  got: string,
): DstreamError {
  return new DstreamError(
    "lock.mismatch",
    `"${name}" is locked to ${wanted} and is now ${got}`,
    {
      hint:
        "if you trust the change, `dstream init --upgrade` takes it over; " +
        "if not, ask who pushed it",
    },
  );
}

/** Nobody has signed it. */
export function notSigned(name: string, pattern: string): DstreamError {
  return new DstreamError(
    "signature.missing",
    `"${name}" is not signed, and the rule for "${pattern}" asks for it`,
    {
      hint: "its publisher signs it with `dstream provider sign` or `cosign " +
        'sign`; policy = "warn" in the signatures block lets it pass',
    },
  );
}

/** Nobody could be asked for its signatures. */
export function notLookedUp(name: string, cause: unknown): DstreamError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DstreamError(
    "signature.unknown",
    `whether "${name}" is signed could not be found out: ${reason}`,
    { cause },
  );
}

/** There are signatures, and none is good. */
export function wronglySigned(
  name: string,
  pattern: string,
  reasons: readonly string[],
): DstreamError {
  return new DstreamError(
    "signature.invalid",
    `"${name}" is not signed by whom the rule for "${pattern}" trusts: ` +
      `it has ${reasons.join("; ")}`,
    {
      hint: "if its publisher has a new key, put that into the signatures " +
        "block; if not, ask who pushed it",
    },
  );
}

/** Trusted, but not who it was when it was locked. */
export function signedByOther(
  name: string,
  wanted: string,
  got: string,
): DstreamError {
  return new DstreamError(
    "signature.other_signer",
    `"${name}" was signed by ${wanted} when it was locked, and is now by ${got}`,
    {
      hint: "if you trust the change, `dstream init --upgrade` takes it over",
    },
  );
}
