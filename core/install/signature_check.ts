/**
 * Is an artifact signed by whom the configuration trusts? Asked before anything of it
 * can be started.
 *
 * The signatures that were found good are kept in the cache as they are, and judged
 * anew each time: so what is locked and cached needs no request, and who changes the
 * cache, or the key, changes the answer.
 *
 * @module
 */

import { type Digest, hasCode, type Reference } from "../registry/mod.ts";
import {
  findSignatures,
  judge,
  readSignatures,
  ruleFor,
  type Signature,
  type SignatureRule,
  type Verdict,
} from "../signatures/mod.ts";
import type { Cache } from "./cache.ts";
import type { InstallerOptions } from "./install_options.ts";
import {
  notLookedUp,
  notSigned,
  signedByOther,
  wronglySigned,
} from "./refusals.ts";

/** The registry can't be asked now. */
const SILENT = [
  "registry.unreachable",
  "registry.failed",
  "registry.rate_limited",
];

/** Which artifact is looked at. */
export interface CheckedArtifact {
  readonly reference: Reference;
  readonly digest: Digest;
  /** As the user knows it. */
  readonly name: string;
}

/** What was found of one artifact. */
export interface SignatureState {
  readonly rule: SignatureRule;
  readonly verdict: Verdict;
}

/** Holds artifacts against the configuration's rules. */
export class SignatureCheck {
  readonly #options: InstallerOptions;
  readonly #cache: Cache;

  constructor(options: InstallerOptions, cache: Cache) {
    this.#options = options;
    this.#cache = cache;
  }

  /**
   * @returns Who signed it; nothing where no rule asks, or where one only warns.
   * @throws {DstreamError} `signature.missing`, `signature.invalid`,
   * `signature.other_signer`
   */
  async check(artifact: CheckedArtifact): Promise<string | undefined> {
    const state = await this.#stateOrWarning(artifact);
    if (state === undefined) return undefined;
    const { rule, verdict } = state;
    if (verdict.kind === "signed") {
      this.#refuseOther(artifact, verdict.by, rule);
      return verdict.by;
    }
    const refusal = verdict.kind === "unsigned"
      ? notSigned(artifact.name, rule.pattern)
      : wronglySigned(artifact.name, rule.pattern, verdict.reasons);
    if (rule.policy === "require") throw refusal;
    this.#options.onEvent({ kind: "distrusted", error: refusal });
    return undefined;
  }

  /** Where signatures are only a wish, a registry that is silent is no obstacle. */
  async #stateOrWarning(
    artifact: CheckedArtifact,
  ): Promise<SignatureState | undefined> {
    try {
      return await this.state(artifact);
    } catch (error) {
      const { signatures = [], onEvent } = this.#options;
      const isWish = ruleFor(artifact.reference, signatures)?.policy === "warn";
      if (!isWish || !hasCode(error, ...SILENT)) throw error;
      onEvent({ kind: "distrusted", error: notLookedUp(artifact.name, error) });
      return undefined;
    }
  }

  /** @returns `undefined` where no rule asks for signatures. */
  async state(artifact: CheckedArtifact): Promise<SignatureState | undefined> {
    const { reference, digest } = artifact;
    const rule = ruleFor(reference, this.#options.signatures ?? []);
    if (rule === undefined || rule.policy === "off") return undefined;
    const kept = await this.#kept(digest);
    const known = await judge(kept ?? [], digest, rule.trust);
    const { pull } = this.#options;
    // What was looked for once and only warns is not looked for at each start.
    const isSettled = known.kind === "signed" ||
      kept !== undefined && rule.policy === "warn";
    const mayAsk = pull === "always" || pull === "missing" && !isSettled;
    const verdict = mayAsk ? await this.#ask(artifact, rule) : known;
    return { rule, verdict };
  }

  async #ask(
    { reference, digest }: CheckedArtifact,
    { trust }: SignatureRule,
  ): Promise<Verdict> {
    const client = await this.#options.client();
    const found = await findSignatures(client, reference, digest);
    const verdict = await judge(found, digest, trust);
    // Who only looks needs no cache to write to.
    await this.#cache.keepSignatures(digest, found).catch(() => {});
    return verdict;
  }

  async #kept(digest: Digest): Promise<Signature[] | undefined> {
    const text = await this.#cache.signatures(digest);
    return text === undefined ? undefined : readSignatures(text);
  }

  /** The lock file keeps who signed: another's signature is a change like another's bytes. */
  #refuseOther(
    { digest }: CheckedArtifact,
    by: string,
    { policy }: SignatureRule,
  ): void {
    for (const entry of this.#options.locked?.values() ?? []) {
      if (entry.digest !== digest || entry.signedBy === undefined) continue;
      if (entry.signedBy === by) continue;
      const refusal = signedByOther(entry.reference, entry.signedBy, by);
      if (policy === "require") throw refusal;
      this.#options.onEvent({ kind: "distrusted", error: refusal });
    }
  }
}
