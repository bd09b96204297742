/**
 * A reference → an executable or a module on this machine, checked byte for byte.
 *
 * Three questions, in this order: which bytes does the reference stand for (lock
 * file, digest, registry), which of them are for this platform (manifest), and are
 * they here and whole (cache). The network is only asked what the cache can't say.
 *
 * pin.ts answers the first, artifact_reader.ts the second (form.ts where there are
 * several), this file the third.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import {
  type Digest,
  formatPlatform,
  formatReference,
  type Index,
  type Manifest,
  type ModuleLayer,
  type Platform,
  type Reference,
} from "../registry/mod.ts";
import {
  artifactFolder,
  readRecord,
  recordName,
  touchRecord,
  writeRecord,
} from "./artifact_record.ts";
import { ArtifactReader, type ResolvedArtifact } from "./artifact_reader.ts";
import { Cache, type StoredExecutable } from "./cache.ts";
import { fetchExecutable } from "./fetch_executable.ts";
import { type Form, FormChooser, MODULE_KEY } from "./form.ts";
import type { InstallerOptions } from "./install_options.ts";
import { type Pinned, Pinner } from "./pin.ts";
import { damaged, locksOther, notCached } from "./refusals.ts";
import { SignatureCheck, type SignatureState } from "./signature_check.ts";

/** A provider that can be started. */
export interface Installed {
  readonly reference: Reference;
  /** Of the artifact. */
  readonly digest: Digest;
  readonly executable: StoredExecutable;
  readonly form: Form;
  /** Absolute. */
  readonly path: string;
  /** What the provider says about itself: JSON text, where it was packaged. */
  readonly spec?: string;
  /** Who signed it, where the configuration asks. */
  readonly signedBy?: string;
}

/** Installs providers for one command line. */
export class Installer {
  readonly cache: Cache;
  readonly #pinner: Pinner;
  readonly #reader: ArtifactReader;
  readonly #signatures: SignatureCheck;
  readonly #chooser: FormChooser;

  constructor(readonly options: InstallerOptions) {
    this.cache = new Cache(options.cacheFolder, options.clock);
    this.#pinner = new Pinner(options, this.cache.folder);
    this.#reader = new ArtifactReader(options, this.cache);
    this.#signatures = new SignatureCheck(options, this.cache);
    this.#chooser = new FormChooser(options, this.#reader);
  }

  /**
   * @throws {DstreamError} `registry.…`, `lock.mismatch`, `install.not_cached`,
   * `install.failed`, `signature.…`
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
    const signedBy = await this.signedBy(artifact);
    const { form } = artifact;
    const executable = await this.#executable(artifact);
    this.#refuseUnlocked(artifact, executable.digest);
    const spec = await this.#reader.spec(artifact);
    const folder = artifactFolder(this.cache.folder, artifact.reference);
    const path = await this.cache.link(
      executable.digest,
      `${folder}/${this.#keyOf(artifact).replace("/", "_")}`,
      fileName(reference, form, platform),
    );
    await this.#record(artifact, executable, spec?.digest);
    await touchRecord(folder, clock.wallMs());
    return {
      reference: artifact.reference,
      digest: artifact.digest,
      executable,
      form,
      path,
      ...spec !== undefined && { spec: spec.text },
      ...signedBy !== undefined && { signedBy },
    };
  }

  /**
   * Who signed an artifact, where the configuration asks.
   * @throws {DstreamError} `signature.…` where it is refused.
   */
  signedBy({ reference, digest }: Pinned): Promise<string | undefined> {
    const name = formatReference(reference);
    return this.#signatures.check({ reference, digest, name });
  }

  /** What its signatures amount to; nothing where the configuration doesn't ask. */
  signatureState(
    { reference, digest }: Pinned,
  ): Promise<SignatureState | undefined> {
    const name = formatReference(reference);
    return this.#signatures.state({ reference, digest, name });
  }

  /** The digest a reference stands for: as locked, as written, as the registry says. */
  pin(reference: Reference): Promise<Pinned> {
    return this.#pinner.pin(reference);
  }

  /** From the cache where it is there; checked against its digest anyway. */
  readManifest(pinned: Pinned): Promise<Index | Manifest> {
    return this.#reader.readManifest(pinned);
  }

  /** Which bytes a reference stands for here, without getting them. */
  async resolve(reference: Reference): Promise<ResolvedArtifact> {
    return await this.#chooser.choose(await this.pin(reference));
  }

  /** Where an artifact's module is, if it has one. */
  async moduleOf(pinned: Pinned): Promise<ModuleLayer | undefined> {
    const name = formatReference(pinned.reference);
    return (await this.#reader.takeModule(pinned, name))?.layer;
  }

  /** Under which name a form of an artifact is known. */
  #keyOf({ form }: ResolvedArtifact): string {
    return form === "module"
      ? MODULE_KEY
      : formatPlatform(this.options.platform);
  }

  /** A provider's own description, whatever platform it is for. */
  async specOf(pinned: Pinned): Promise<string | undefined> {
    const top = await this.readManifest(pinned);
    const [first] = top.kind === "index" ? top.manifests : [];
    const manifest = first === undefined
      ? top
      : await this.readManifest({ ...pinned, digest: first.digest });
    if (manifest.kind === "index") return undefined;
    return (await this.#reader.spec({ manifest, reference: pinned.reference }))
      ?.text;
  }

  /** A provider's own description, if the cache has it and nothing else is asked. */
  async cachedSpec(reference: Reference): Promise<string | undefined> {
    try {
      const artifact = await this.resolve(reference);
      return (await this.#reader.spec(artifact))?.text;
    } catch (error) {
      if (error instanceof DstreamError) return undefined;
      throw error;
    }
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
    const isModule = artifact.form === "module";
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
      platform: isModule ? "every platform" : formatPlatform(platform),
      sizeBytes: totalBytes,
      durationMs: clock.monotonicMs() - startedMs,
    });
    return stored;
  }

  async #record(
    artifact: ResolvedArtifact,
    executable: StoredExecutable,
    spec: Digest | undefined,
  ): Promise<void> {
    const { folder } = this.cache;
    const { reference, digest } = artifact;
    const key = this.#keyOf(artifact);
    const before = await readRecord(folder, reference);
    const isKnown = before?.digest === digest &&
      before.executables[key]?.digest === executable.digest;
    if (isKnown) return;
    const others = before?.digest === digest ? before : undefined;
    const blobs = [...artifact.blobs, ...spec === undefined ? [] : [spec]];
    await writeRecord(artifactFolder(folder, reference), {
      reference: recordName(reference),
      digest,
      pulledAt: new Date(this.options.clock.wallMs()).toISOString(),
      blobs: [...new Set([...others?.blobs ?? [], ...blobs])],
      executables: { ...others?.executables, [key]: executable },
    });
  }

  #refuseUnlocked(
    { reference, form }: ResolvedArtifact,
    got: Digest,
  ): void {
    const { locked, platform } = this.options;
    for (const entry of locked?.values() ?? []) {
      if (entry.digest !== reference.digest) continue;
      const wanted = form === "module"
        ? entry.module
        : entry.executables[formatPlatform(platform)];
      if (wanted === undefined || wanted === got) continue;
      throw locksOther(entry.reference, wanted, got);
    }
  }
}

/** `in-pg`, on Windows `in-pg.exe`, `in-pg.mjs`: what process lists show. */
function fileName(
  { repository }: Reference,
  form: Form,
  { os }: Platform,
): string {
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  if (form === "module") return `${name}.mjs`;
  return os === "windows" ? `${name}.exe` : name;
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
