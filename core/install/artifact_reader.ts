/**
 * Pinned bytes → the parts of an artifact: its manifests, the layer for one
 * platform, the provider's own description. What is small is kept in the cache, so
 * that it is asked for once.
 *
 * @module
 */

import {
  chooseLayer,
  chooseManifest,
  chooseModule,
  type Descriptor,
  type Digest,
  type ExecutableLayer,
  formatReference,
  type Index,
  type Manifest,
  type ModuleLayer,
  moduleManifest,
  parseManifest,
  type Platform,
  readBoundedBlob,
  type Reference,
  SPEC,
} from "../registry/mod.ts";
import type { Cache } from "./cache.ts";
import type { Form } from "./form.ts";
import type { InstallerOptions } from "./install_options.ts";
import type { Pinned } from "./pin.ts";
import { lockedIsGone, nested, notCached } from "./refusals.ts";

/** An artifact taken apart for one platform. */
export interface ResolvedArtifact {
  readonly reference: Reference;
  readonly digest: Digest;
  /** The index, or the manifest where there is none. */
  readonly top: Index | Manifest;
  readonly manifest: Manifest;
  readonly layer: ExecutableLayer;
  readonly form: Form;
  /** Manifests that were read. */
  readonly blobs: readonly Digest[];
}

/** An artifact taken apart for its module. */
export interface ResolvedModule extends ResolvedArtifact {
  readonly layer: ModuleLayer;
}

const MAX_SPEC_BYTES = 4 * 1024 * 1024;

/** Reads the parts of artifacts, from the cache or the registry. */
export class ArtifactReader {
  readonly #options: InstallerOptions;
  readonly #cache: Cache;

  constructor(options: InstallerOptions, cache: Cache) {
    this.#options = options;
    this.#cache = cache;
  }

  /** Takes an artifact apart; `name` is what the user calls it. */
  async takeApart(
    pinned: Pinned,
    platform: Platform,
    name: string,
  ): Promise<ResolvedArtifact> {
    const top = await this.readManifest(pinned);
    const { reference, digest } = pinned;
    const named = { reference, digest };
    const form = "executable";
    if (top.kind === "manifest") {
      const layer = chooseLayer(top, platform, name);
      const blobs = [digest];
      return { ...named, top, manifest: top, layer, form, blobs };
    }
    const descriptor = chooseManifest(top, platform, name);
    const manifest = await this.readManifest({ ...pinned, ...descriptor });
    if (manifest.kind === "index") throw nested(name);
    const layer = chooseLayer(manifest, platform, name);
    const blobs = [digest, descriptor.digest];
    return { ...named, top, manifest, layer, form, blobs };
  }

  /** The same for the module that is for every platform, where there is one. */
  async takeModule(
    pinned: Pinned,
    name: string,
  ): Promise<ResolvedModule | undefined> {
    const top = await this.readManifest(pinned);
    const { reference, digest } = pinned;
    const inner = top.kind === "index" ? moduleManifest(top) : undefined;
    const manifest = inner === undefined
      ? top
      : await this.readManifest({ ...pinned, ...inner });
    if (manifest.kind === "index") return undefined;
    const layer = chooseModule(manifest, name);
    if (layer === undefined) return undefined;
    const blobs = inner === undefined ? [digest] : [digest, inner.digest];
    const form = "module";
    return { reference, digest, top, manifest, layer, form, blobs };
  }

  /** From the cache where it is there; checked against its digest anyway. */
  async readManifest(
    { reference, digest, isLocked }: Pinned,
  ): Promise<Index | Manifest> {
    const bytes = await this.#cache.readBlob(digest);
    if (bytes !== undefined) return parseManifest(bytes, undefined);
    if (this.#options.pull === "never") {
      throw notCached(formatReference(reference));
    }
    const client = await this.#options.client();
    const fetched = await client.manifest(reference, digest)
      .catch((error) => {
        throw isLocked ? lockedIsGone(error, reference) : error;
      });
    await this.#keepBlob(fetched.bytes);
    return fetched.manifest;
  }

  /** Who only looks needs no cache to write to; who installs hears of it later. */
  async #keepBlob(bytes: Uint8Array): Promise<void> {
    await this.#cache.writeBlob(bytes).catch(() => {});
  }

  /** What the publisher packaged of the provider's own description. */
  async spec(
    { manifest: { config }, reference }: Pick<
      ResolvedArtifact,
      "manifest" | "reference"
    >,
  ): Promise<{ digest: Digest; text: string } | undefined> {
    if (config.mediaType !== SPEC) return undefined;
    const bytes = await this.#cache.readBlob(config.digest) ??
      await this.#pullSpec(reference, config);
    if (bytes === undefined) return undefined;
    return { digest: config.digest, text: new TextDecoder().decode(bytes) };
  }

  async #pullSpec(reference: Reference, config: Descriptor) {
    if (this.#options.pull === "never") return undefined;
    const client = await this.#options.client();
    const bytes = await readBoundedBlob(
      client,
      reference,
      config,
      MAX_SPEC_BYTES,
    );
    await this.#keepBlob(bytes);
    return bytes;
  }
}
