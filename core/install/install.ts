/**
 * A reference → an executable on this machine, checked byte for byte.
 *
 * Three questions, in this order: which bytes does the reference stand for (lock
 * file, digest, registry), which of them are for this platform (manifest), and are
 * they here and whole (cache). The network is only asked what the cache can't say.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import type { Clock } from "../ports/mod.ts";
import {
  chooseLayer,
  chooseManifest,
  type Descriptor,
  type Digest,
  type ExecutableLayer,
  formatPlatform,
  formatReference,
  hasCode,
  type Index,
  type Manifest,
  nameOf,
  newestFitting,
  newestOf,
  parseManifest,
  type Platform,
  type Reference,
  type RegistryClient,
  SPEC,
} from "../registry/mod.ts";
import {
  artifactFolder,
  cachedTags,
  readRecord,
  recordName,
  touchRecord,
  writeRecord,
} from "./artifact_record.ts";
import { Cache, type StoredExecutable } from "./cache.ts";
import { readBoundedBlob } from "./bounded_blob.ts";
import type { InstallEvent } from "./events.ts";
import { fetchExecutable } from "./fetch_executable.ts";
import type { Locked, LockedProvider } from "./lock_file.ts";

/** When the registry is asked. */
export type PullPolicy = "missing" | "always" | "never";

/** What an installer works with. */
export interface InstallerOptions {
  readonly cacheFolder: string;
  readonly platform: Platform;
  readonly clock: Clock;
  /** Opened when first needed. */
  readonly client: () => Promise<RegistryClient>;
  readonly pull: PullPolicy;
  readonly locked?: Locked;
  readonly signal?: AbortSignal;
  readonly onEvent: (event: InstallEvent) => void;
}

/** A provider that can be started. */
export interface Installed {
  readonly reference: Reference;
  /** Of the artifact. */
  readonly digest: Digest;
  readonly executable: StoredExecutable;
  /** Absolute. */
  readonly path: string;
  /** What the provider says about itself: JSON text, where it was packaged. */
  readonly spec?: string;
}

/** An artifact taken apart for one platform. */
export interface ResolvedArtifact {
  readonly reference: Reference;
  readonly digest: Digest;
  /** The index, or the manifest where there is none. */
  readonly top: Index | Manifest;
  readonly manifest: Manifest;
  readonly layer: ExecutableLayer;
  /** Manifests that were read. */
  readonly blobs: readonly Digest[];
}

const MAX_SPEC_BYTES = 4 * 1024 * 1024;

/** Installs providers for one command line. */
export class Installer {
  readonly cache: Cache;

  constructor(readonly options: InstallerOptions) {
    this.cache = new Cache(options.cacheFolder, options.clock);
  }

  /**
   * @throws {DstreamError} `registry.…`, `lock.mismatch`, `install.not_cached`,
   * `install.failed`
   */
  async install(reference: Reference): Promise<Installed> {
    try {
      return await this.#install(reference);
    } catch (error) {
      if (error instanceof DstreamError) throw error;
      this.options.signal?.throwIfAborted();
      throw notKept(reference, this.cache.folder, error);
    }
  }

  async #install(reference: Reference): Promise<Installed> {
    const artifact = await this.resolve(reference);
    const { platform, clock } = this.options;
    const executable = await this.#executable(artifact);
    this.#refuseUnlocked(artifact, executable.digest);
    const spec = await this.#spec(artifact);
    const folder = artifactFolder(this.cache.folder, artifact.reference);
    const path = await this.cache.link(
      executable.digest,
      `${folder}/${formatPlatform(platform).replace("/", "_")}`,
      executableName(reference, platform),
    );
    await this.#record(artifact, executable, spec?.digest);
    await touchRecord(folder, clock.wallMs());
    return {
      reference: artifact.reference,
      digest: artifact.digest,
      executable,
      path,
      ...spec !== undefined && { spec: spec.text },
    };
  }

  /** Which bytes a reference stands for, without getting its executable. */
  async resolve(
    reference: Reference,
    platform: Platform = this.options.platform,
  ): Promise<ResolvedArtifact> {
    const pinned = await this.pin(reference);
    const name = formatReference(reference);
    const top = await this.readManifest(pinned);
    const { digest } = pinned;
    if (top.kind === "manifest") {
      const layer = chooseLayer(top, platform, name);
      const parts = { top, manifest: top, layer, blobs: [digest] };
      return { reference: pinned.reference, digest, ...parts };
    }
    const descriptor = chooseManifest(top, platform, name);
    const manifest = await this.readManifest({ ...pinned, ...descriptor });
    if (manifest.kind === "index") throw nested(name);
    const layer = chooseLayer(manifest, platform, name);
    const blobs = [digest, descriptor.digest];
    return {
      reference: pinned.reference,
      digest,
      top,
      manifest,
      layer,
      blobs,
    };
  }

  /** A provider's own description, whatever platform it is for. */
  async specOf(pinned: Pinned): Promise<string | undefined> {
    const top = await this.readManifest(pinned);
    const [first] = top.kind === "index" ? top.manifests : [];
    const manifest = first === undefined
      ? top
      : await this.readManifest({ ...pinned, digest: first.digest });
    if (manifest.kind === "index") return undefined;
    return (await this.#spec({ manifest, reference: pinned.reference }))?.text;
  }

  /** A provider's own description, if the cache has it and nothing else is asked. */
  async cachedSpec(reference: Reference): Promise<string | undefined> {
    try {
      const artifact = await this.resolve(reference);
      return (await this.#spec(artifact))?.text;
    } catch (error) {
      if (error instanceof DstreamError) return undefined;
      throw error;
    }
  }

  /** The digest a reference stands for: as locked, as written, as the registry says. */
  async pin(reference: Reference): Promise<Pinned> {
    const { pull, locked } = this.options;
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
    const { folder } = this.cache;
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
    const { onEvent, pull } = this.options;
    const name = formatReference(reference);
    onEvent({ kind: "resolving", name });
    try {
      const client = await this.options.client();
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
    const client = await this.options.client();
    const tags = await client.tags(reference).catch(() => []);
    if (tag === undefined || tags.length === 0) return error;
    const few = tags.slice(-10).join(", ");
    return new DstreamError(
      error.code,
      `"${formatReference(reference)}" has no tag "${tag}"`,
      { cause: error, hint: didYouMean(tag, tags, `it has ${few}`) },
    );
  }

  /** From the cache where it is there; checked against its digest anyway. */
  async readManifest(
    { reference, digest, isLocked }: Pinned,
  ): Promise<Index | Manifest> {
    const bytes = await this.cache.readBlob(digest);
    if (bytes !== undefined) return parseManifest(bytes, undefined);
    if (this.options.pull === "never") {
      throw notCached(formatReference(reference));
    }
    const client = await this.options.client();
    const fetched = await client.manifest(reference, digest)
      .catch((error) => {
        throw isLocked ? lockedIsGone(error, reference) : error;
      });
    await this.#keepBlob(fetched.bytes);
    return fetched.manifest;
  }

  /** Who only looks needs no cache to write to; who installs hears of it later. */
  async #keepBlob(bytes: Uint8Array): Promise<void> {
    await this.cache.writeBlob(bytes).catch(() => {});
  }

  /** The executable in the cache, pulled if need be. */
  async #executable(artifact: ResolvedArtifact): Promise<StoredExecutable> {
    const { stored, state } = await this.#known(artifact);
    if (stored !== undefined && state === "whole") return stored;
    const { layer: { layer }, reference } = artifact;
    const name = formatReference(reference);
    if (this.options.pull === "never") {
      throw state === "damaged" ? damaged(name) : notCached(name);
    }
    const { signal, onEvent } = this.options;
    if (state === "damaged") onEvent({ kind: "damaged", name });
    await using _lock = await this.cache.lock(layer.digest, {
      signal,
      onWait: () => onEvent({ kind: "waiting", name }),
    });
    // Whoever had the lock may have brought it.
    const again = await this.#known(artifact);
    return again.stored !== undefined && again.state === "whole"
      ? again.stored
      : await this.#pull(artifact);
  }

  async #known(
    { layer }: ResolvedArtifact,
  ): Promise<
    { stored?: StoredExecutable; state: "whole" | "missing" | "damaged" }
  > {
    const stored = layer.digest === undefined
      ? await this.cache.unpacked(layer.layer.digest)
      : { digest: layer.digest, sizeBytes: layer.maxSizeBytes };
    if (stored === undefined) return { state: "missing" };
    return { stored, state: await this.cache.check(stored.digest) };
  }

  async #pull(artifact: ResolvedArtifact): Promise<StoredExecutable> {
    const { clock, onEvent, platform } = this.options;
    const { layer, reference, digest } = artifact;
    const name = formatReference(reference);
    const totalBytes = layer.layer.size;
    const startedMs = clock.monotonicMs();
    const progress = (doneBytes: number) =>
      onEvent({ kind: "progress", name, doneBytes, totalBytes });
    progress(0);
    const stored = await fetchExecutable(
      await this.options.client(),
      reference,
      layer,
      this.cache,
      { onProgress: progress },
    );
    if (layer.digest === undefined) {
      await this.cache.rememberUnpacked(layer.layer.digest, stored);
    }
    onEvent({
      kind: "pulled",
      name,
      digest,
      platform: formatPlatform(platform),
      sizeBytes: totalBytes,
      durationMs: clock.monotonicMs() - startedMs,
    });
    return stored;
  }

  /** What the publisher packaged of the provider's own description. */
  async #spec(
    { manifest: { config }, reference }: Pick<
      ResolvedArtifact,
      "manifest" | "reference"
    >,
  ): Promise<{ digest: Digest; text: string } | undefined> {
    if (config.mediaType !== SPEC) return undefined;
    const bytes = await this.cache.readBlob(config.digest) ??
      await this.#pullSpec(reference, config);
    if (bytes === undefined) return undefined;
    return { digest: config.digest, text: new TextDecoder().decode(bytes) };
  }

  async #pullSpec(reference: Reference, config: Descriptor) {
    if (this.options.pull === "never") return undefined;
    const client = await this.options.client();
    const bytes = await readBoundedBlob(
      client,
      reference,
      config,
      MAX_SPEC_BYTES,
    );
    await this.#keepBlob(bytes);
    return bytes;
  }

  async #record(
    artifact: ResolvedArtifact,
    executable: StoredExecutable,
    spec: Digest | undefined,
  ): Promise<void> {
    const { folder } = this.cache;
    const { reference, digest } = artifact;
    const platform = formatPlatform(this.options.platform);
    const before = await readRecord(folder, reference);
    const isKnown = before?.digest === digest &&
      before.executables[platform]?.digest === executable.digest;
    if (isKnown) return;
    const others = before?.digest === digest ? before : undefined;
    const blobs = [...artifact.blobs, ...spec === undefined ? [] : [spec]];
    await writeRecord(artifactFolder(folder, reference), {
      reference: recordName(reference),
      digest,
      pulledAt: new Date(this.options.clock.wallMs()).toISOString(),
      blobs: [...new Set([...others?.blobs ?? [], ...blobs])],
      executables: { ...others?.executables, [platform]: executable },
    });
  }

  #refuseUnlocked({ reference }: ResolvedArtifact, got: Digest): void {
    const { locked, platform } = this.options;
    for (const entry of locked?.values() ?? []) {
      if (entry.digest !== reference.digest) continue;
      const wanted = entry.executables[formatPlatform(platform)];
      if (wanted === undefined || wanted === got) continue;
      throw locksOther(entry.reference, wanted, got);
    }
  }

  async #refuseMoved({ reference, digest }: Pinned): Promise<void> {
    if (reference.tag === undefined) return;
    const client = await this.options.client();
    const now = await client.resolve(reference, reference.tag);
    if (now === digest) return;
    throw locksOther(nameOf(reference, reference.tag), digest, now);
  }
}

/** A reference and the bytes it stands for. */
export interface Pinned {
  readonly reference: Reference;
  readonly digest: Digest;
  /** By the lock file. */
  readonly isLocked?: boolean;
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

/** `in-pg`, on Windows `in-pg.exe`: what process lists show. */
function executableName({ repository }: Reference, { os }: Platform): string {
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  return os === "windows" ? `${name}.exe` : name;
}

function notCached(name: string): DstreamError {
  return new DstreamError(
    "install.not_cached",
    `"${name}" is not in the cache, and --pull never says not to get it`,
    { hint: `\`dstream provider pull "${name}"\` gets it` },
  );
}

function damaged(name: string): DstreamError {
  return new DstreamError(
    "install.damaged",
    `"${name}" is damaged in the cache, and --pull never says not to get it again`,
    { hint: `\`dstream provider pull "${name}"\` mends it` },
  );
}

function lockedIsGone(error: unknown, reference: Reference): unknown {
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

function nested(name: string): DstreamError {
  return new DstreamError(
    "registry.manifest_invalid",
    `cannot use "${name}": its index holds an index for this platform`,
    { hint: "the artifact has to be pushed again by its publisher" },
  );
}

function locksOther(name: string, wanted: string, got: string): DstreamError {
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

function notKept(
  reference: Reference,
  folder: string,
  cause: unknown,
): DstreamError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DstreamError(
    "install.failed",
    `cannot keep "${formatReference(reference)}" in "${folder}": ${reason}`,
    { cause, hint: "DSTREAM_CACHE_DIR names another folder" },
  );
}
