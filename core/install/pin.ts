/**
 * Which bytes a reference stands for: as the lock file says, as its own digest
 * says, as the registry says, or as it was when the registry was last asked.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import {
  type Digest,
  formatReference,
  hasCode,
  nameOf,
  newestFitting,
  newestOf,
  type Reference,
  type RegistryClient,
} from "../registry/mod.ts";
import { cachedTags, readRecord } from "./artifact_record.ts";
import type { InstallerOptions } from "./install_options.ts";
import type { LockedProvider } from "./lock_file.ts";
import { locksOther, notCached } from "./refusals.ts";

/** A reference and the bytes it stands for. */
export interface Pinned {
  readonly reference: Reference;
  readonly digest: Digest;
  /** By the lock file. */
  readonly isLocked?: boolean;
}

/** Finds the digest that a reference stands for. */
export class Pinner {
  readonly #options: InstallerOptions;
  readonly #cacheFolder: string;

  constructor(options: InstallerOptions, cacheFolder: string) {
    this.#options = options;
    this.#cacheFolder = cacheFolder;
  }

  /** The digest a reference stands for: as locked, as written, as the registry says. */
  async pin(reference: Reference): Promise<Pinned> {
    const { pull, locked } = this.#options;
    const name = formatReference(reference);
    const entry = locked?.get(name);
    if (entry !== undefined) {
      const pinned = fromLock(reference, entry);
      if (pull === "always") await this.#refuseMoved(pinned);
      return pinned;
    }
    if (reference.digest !== undefined) {
      return { reference, digest: reference.digest };
    }
    const cached = await this.#cached(reference);
    if (pull !== "never") return await this.#lookUp(reference, cached);
    if (cached !== undefined) return cached;
    throw notCached(name);
  }

  /** What the reference stood for when it was pulled last. */
  async #cached(reference: Reference): Promise<Pinned | undefined> {
    const folder = this.#cacheFolder;
    const { registry, repository, constraint } = reference;
    const tag = constraint === undefined
      ? reference.tag
      : newestFitting(await cachedTags(folder, reference), constraint);
    if (tag === undefined) return undefined;
    const tagged = { registry, repository, tag };
    const record = await readRecord(folder, tagged);
    return record && { reference: tagged, digest: record.digest };
  }

  async #lookUp(
    reference: Reference,
    cached: Pinned | undefined,
  ): Promise<Pinned> {
    const { onEvent, pull } = this.#options;
    const name = formatReference(reference);
    onEvent({ kind: "resolving", name });
    try {
      const client = await this.#options.client();
      const tagged = await withTag(client, reference);
      const attempts = cached && pull === "missing" ? 2 : undefined;
      const digest = await client.resolve(tagged, tagged.tag!, attempts);
      return { reference: tagged, digest };
    } catch (error) {
      if (hasCode(error, "registry.not_found")) {
        throw await this.#withTags(error as DstreamError, reference);
      }
      const mayUseOld = cached !== undefined && pull === "missing" &&
        hasCode(
          error,
          "registry.unreachable",
          "registry.failed",
          "registry.rate_limited",
        );
      if (!mayUseOld) throw error;
      const reason = (error as Error).message;
      onEvent({ kind: "offline", name, digest: cached.digest, reason });
      return cached;
    }
  }

  /** What is there instead of what was asked for, if the registry tells. */
  async #withTags(
    error: DstreamError,
    reference: Reference,
  ): Promise<DstreamError> {
    const { tag } = reference;
    const client = await this.#options.client();
    const tags = await client.tags(reference).catch(() => []);
    if (tag === undefined || tags.length === 0) return error;
    const few = tags.slice(-10).join(", ");
    return new DstreamError(
      error.code,
      `"${formatReference(reference)}" has no tag "${tag}"`,
      { cause: error, hint: didYouMean(tag, tags, `it has ${few}`) },
    );
  }

  async #refuseMoved({ reference, digest }: Pinned): Promise<void> {
    if (reference.tag === undefined) return;
    const client = await this.#options.client();
    const now = await client.resolve(reference, reference.tag);
    if (now === digest) return;
    throw locksOther(nameOf(reference, reference.tag), digest, now);
  }
}

/** The locked bytes, whatever the tag stands for by now. */
function fromLock(reference: Reference, entry: LockedProvider): Pinned {
  const { digest, version } = entry;
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw locksOther(entry.reference, digest, reference.digest);
  }
  const { registry, repository } = reference;
  const tag = version ?? reference.tag;
  return {
    reference: { registry, repository, ...tag && { tag }, digest },
    digest,
    isLocked: true,
  };
}

/** A constraint becomes the newest tag that fits. */
async function withTag(
  client: RegistryClient,
  reference: Reference,
): Promise<Reference> {
  const { constraint, registry, repository } = reference;
  if (constraint === undefined) return reference;
  const tags = await client.tags(reference);
  return { registry, repository, tag: newestOf(tags, constraint, reference) };
}
