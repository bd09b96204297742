/**
 * Whom a configuration trusts for which registries, and what happens to the rest.
 *
 * @module
 */

import type { Repository } from "../registry/mod.ts";
import type { PublicKey } from "./public_key.ts";

/** What becomes of an artifact that nobody trusted has signed. */
export type SignaturePolicy = "require" | "warn" | "off";

/** Whose signature counts: who has one of some keys, or who is somebody. */
export type Trust = KeyTrust | IdentityTrust;

/** Who has one of these keys. */
export interface KeyTrust {
  readonly keys: readonly PublicKey[];
}

/** Who has a certificate that says who it is. */
export interface IdentityTrust {
  /** A mail address or a URL, as the certificate has it; `*` is any text. */
  readonly identity: string;
  /** Who says so. */
  readonly issuer: string;
  /** JSON of `trusted_root.json`: whose certificates and logs count. */
  readonly trustedRoot: string;
}

/** What holds for the registries and repositories that fit a pattern. */
export interface SignatureRule {
  /** `ghcr.io/acme/*`; `*` is any text. */
  readonly pattern: string;
  readonly policy: SignaturePolicy;
  readonly trust: Trust;
}

/**
 * @returns The rule with the most letters that fits: it is the one that was meant.
 *
 * @example
 * ```ts
 * const trust = { keys: [] };
 * const rules = [
 *   { pattern: "ghcr.io", policy: "warn", trust },
 *   { pattern: "ghcr.io/acme/*", policy: "require", trust },
 * ] as const;
 * const place = { registry: "ghcr.io", repository: "acme/in-pg" };
 * if (ruleFor(place, rules)?.policy !== "require") throw new Error("the other");
 * ```
 */
export function ruleFor(
  { registry, repository }: Repository,
  rules: readonly SignatureRule[],
): SignatureRule | undefined {
  const name = `${registry}/${repository}`;
  const fitting = rules.filter(({ pattern }) =>
    fits(name, pattern) || fits(name, `${pattern}/*`)
  );
  const letters = ({ pattern }: SignatureRule) =>
    pattern.replaceAll("*", "").length;
  return fitting.toSorted((a, b) => letters(b) - letters(a))[0];
}

/** Whether a text is what a pattern says; `*` is any text. */
export function fits(text: string, pattern: string): boolean {
  const [first, ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
