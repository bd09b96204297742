/**
 * An artifact as a folder: the OCI image layout, which skopeo, oras, crane and
 * their kin read and write too. For machines without a network, and for what
 * `deno task release` makes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
 * @module
 */

import { join } from "node:path";
import { DstreamError } from "../base/errors.ts";
import {
  type Annotations,
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  hexOf,
  INDEX,
  parseManifest,
} from "../registry/mod.ts";

const VERSION_FILE = "oci-layout";
const INDEX_FILE = "index.json";
/** Says under which tag an artifact was known. */
export const REF_NAME = "org.opencontainers.image.ref.name";
/** What cosign makes of the digest of what it signs. */
const ATTACHMENT_TAG = /^sha256-[0-9a-f]{64}(\.\w+)?$/;
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/** One layout folder. */
export class Layout {
  constructor(readonly folder: string) {}

  /**
   * Begins an empty one.
   * @throws {DstreamError} `layout.not_empty`: two artifacts in one folder would
   * be taken for each other.
   */
  static async create(folder: string): Promise<Layout> {
    const layout = new Layout(folder);
    const index = await Deno.stat(join(folder, INDEX_FILE)).catch(() => null);
    if (index !== null) throw notEmpty(folder);
    await Deno.mkdir(join(folder, "blobs", "sha256"), { recursive: true });
    const version = JSON.stringify({ imageLayoutVersion: "1.0.0" });
    await Deno.writeTextFile(join(folder, VERSION_FILE), version);
    return layout;
  }

  blobPath(digest: Digest): string {
    return join(this.folder, "blobs", "sha256", hexOf(digest));
  }

  async writeBlob(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    await Deno.writeFile(this.blobPath(digest), bytes);
    return digest;
  }

  /** Small ones: manifests, configs. @throws {DstreamError} `layout.damaged` */
  async readBlob(
    digest: Digest,
    maxBytes = MAX_INDEX_BYTES,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#read(this.blobPath(digest), maxBytes);
    if (digestOf(bytes) === digest) return bytes;
    throw damaged(this.folder, `the blob ${digest} has other bytes`);
  }

  /** Names the artifact that this layout is about. */
  async writeIndex(top: Descriptor, tag: string | undefined): Promise<void> {
    const annotations = {
      ...top.annotations,
      ...tag !== undefined && { [REF_NAME]: tag },
    };
    const manifests = [{
      ...top,
      ...Object.keys(annotations).length > 0 && { annotations },
    }];
    await this.#writeEntries(manifests);
  }

  /**
   * Names one more: what is attached to the artifact.
   * @param mark Annotations that the artifact's own entry gets by it.
   */
  async addEntry(entry: Descriptor, mark: Annotations): Promise<void> {
    const [top, ...others] = await this.entries();
    const marked = { ...top, annotations: { ...top.annotations, ...mark } };
    const tag = this.tagOf(entry);
    const before = others.filter((one) =>
      one.digest !== entry.digest &&
      (tag === undefined || this.tagOf(one) !== tag)
    );
    await this.#writeEntries([marked, ...before, entry]);
  }

  /** Everything that the layout names, the artifact first where we wrote it. */
  async entries(): Promise<readonly Descriptor[]> {
    const path = join(this.folder, INDEX_FILE);
    const index = parseManifest(await this.#read(path), INDEX);
    if (index.kind !== "index") throw damaged(this.folder, "no index.json");
    return index.manifests;
  }

  async #writeEntries(manifests: readonly Descriptor[]): Promise<void> {
    await Deno.writeFile(
      join(this.folder, INDEX_FILE),
      encodeManifest({ schemaVersion: 2, mediaType: INDEX, manifests }),
    );
  }

  /**
   * The artifact: the one with the tag, else the only one.
   * @throws {DstreamError} `layout.damaged`
   */
  async top(tag?: string): Promise<Descriptor> {
    const manifests: Descriptor[] = [];
    for (const entry of await this.entries()) {
      if (!await this.#isAttachment(entry)) manifests.push(entry);
    }
    const named = manifests.find((one) => one.annotations?.[REF_NAME] === tag);
    const found = named ?? (manifests.length === 1 ? manifests[0] : undefined);
    if (found !== undefined) return found;
    throw damaged(
      this.folder,
      manifests.length === 0
        ? "it is empty"
        : `it has ${manifests.length} artifacts, and none is called "${tag}"`,
    );
  }

  /** Whether an entry is about another: see layout_attachments.ts. */
  async #isAttachment(entry: Descriptor): Promise<boolean> {
    const tag = this.tagOf(entry);
    if (tag !== undefined) return ATTACHMENT_TAG.test(tag);
    const bytes = await this.readBlob(entry.digest);
    const manifest = parseManifest(bytes, entry.mediaType);
    return manifest.kind === "manifest" && manifest.subject !== undefined;
  }

  /** Under which tag an artifact was copied here. */
  tagOf({ annotations }: Descriptor): string | undefined {
    return annotations?.[REF_NAME];
  }

  async #read(
    path: string,
    maxBytes = MAX_INDEX_BYTES,
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const { size } = await Deno.stat(path);
      if (size > maxBytes) throw new Error("it is too long");
      return await Deno.readFile(path);
    } catch (cause) {
      throw damaged(this.folder, `"${path}" can't be read`, cause);
    }
  }
}

function notEmpty(folder: string): DstreamError {
  return new DstreamError(
    "layout.not_empty",
    `"${folder}" holds an artifact already`,
    { isUsage: true, hint: "name another folder, or remove this one first" },
  );
}

/** A folder that is no whole layout. */
export function damaged(
  folder: string,
  reason: string,
  cause?: unknown,
): DstreamError {
  return new DstreamError(
    "layout.damaged",
    `cannot use "${folder}" as an OCI layout: ${reason}`,
    {
      cause,
      hint:
        "`dstream provider pull REF --to FOLDER` makes one; if that broke " +
        "off, do it again",
    },
  );
}
