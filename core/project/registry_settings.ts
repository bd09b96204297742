/**
 * What a configuration says about registries.
 *
 * @module
 */

import type { Configuration, SignatureSettings } from "../config/task.ts";
import { type Diagnostic, DstreamError } from "../base/errors.ts";
import type { RegistrySettings } from "../registry/mod.ts";
import type { SignatureRule } from "../signatures/trust.ts";
import { toDiagnostic } from "./problems.ts";

/** Where registries are, and whose signatures count there. */
export interface RegistryRules extends RegistrySettings {
  readonly signatures?: readonly SignatureRule[];
}

/**
 * As the `dstream` block has them.
 * @throws {DstreamError} `config.key_invalid`
 */
export async function registrySettings(
  { insecureRegistries, registryMirrors, signatures = [] }: Configuration,
): Promise<RegistryRules> {
  return {
    insecureRegistries,
    mirrors: registryMirrors,
    signatures: await Promise.all(signatures.map(toRule)),
  };
}

/** Keys that are none, each at its place. */
export async function signatureProblems(
  { signatures = [] }: Configuration,
): Promise<Diagnostic[]> {
  const rules = await Promise.allSettled(signatures.map(toRule));
  return rules.flatMap((rule) =>
    rule.status === "rejected" ? [toDiagnostic(rule.reason)] : []
  );
}

async function toRule(
  { pattern, policy = "warn", key, signer, at }: SignatureSettings,
): Promise<SignatureRule> {
  if (signer !== undefined) {
    const { isTrustedRoot } = await import("../signatures/keyless.ts");
    if (isTrustedRoot(signer.trustedRoot)) {
      return { pattern, policy, trust: signer };
    }
    throw new DstreamError(
      "config.key_invalid",
      `the trusted root for "${pattern}" is none`,
      { at, hint: 'it is JSON: trusted_root = file("trusted_root.json")' },
    );
  }
  const keys = key === undefined ? [] : await readKeys(key, pattern, at);
  return { pattern, policy, trust: { keys } };
}

async function readKeys(
  text: string,
  pattern: string,
  at: SignatureSettings["at"],
) {
  const { readPublicKeys } = await import("../signatures/public_key.ts");
  try {
    return readPublicKeys(text, `for "${pattern}"`);
  } catch (error) {
    if (!(error instanceof DstreamError)) throw error;
    const { message, hint } = error;
    throw new DstreamError("config.key_invalid", message, { at, hint });
  }
}
