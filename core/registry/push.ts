/**
 * Uploads: blobs that the registry hasn't got, then the manifests that name them.
 *
 * A small blob goes in one request, a large one in pieces, so that a broken
 * connection costs one piece and not the whole.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#push
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import {
  type Endpoint,
  hasCode,
  mismatch,
  nameOf,
  type RegistryClient,
  type Repository,
  scopesFor,
  urlOf,
} from "./client.ts";
import { type Digest, digestOf, isDigest } from "./digest.ts";
import type { Descriptor } from "./manifest.ts";
import { shownUrl } from "./problem.ts";
import { type Answer, MAX_ATTEMPTS } from "./transport.ts";

/** Bytes to upload. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  /** Reads exactly so many from there. */
  read(offset: number, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** How an upload is done. */
export interface UploadOptions {
  /** A repository of the same registry that may have the blob already. */
  readonly mountFrom?: string;
  /** Bytes the registry has. */
  readonly onProgress?: (doneBytes: number) => void;
}

/** What became of a blob. */
export type Uploaded = "there" | "mounted" | "uploaded";

/** Larger blobs go in pieces of this size, or what the registry asks for. */
export const CHUNK_BYTES = 16 * 1024 * 1024;
const LARGEST_CHUNK_BYTES = 256 * 1024 * 1024;
const WRITE = ["pull", "push"];
const OCTETS = "application/octet-stream";

/** @throws {DstreamError} What the registry says to it. */
export async function uploadBlob(
  client: RegistryClient,
  repository: Repository,
  source: BlobSource,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const upload = new Upload(client, repository, source, options);
  return await upload.run();
}

class Upload {
  readonly #endpoint: Endpoint;
  readonly #action: string;

  constructor(
    readonly client: RegistryClient,
    readonly repository: Repository,
    readonly source: BlobSource,
    readonly options: UploadOptions,
  ) {
    this.#endpoint = client.origin(repository);
    this.#action = `push to ${nameOf(repository)}`;
  }

  async run(): Promise<Uploaded> {
    const { size } = this.source.descriptor;
    if (await this.#isThere()) return "there";
    const location = await this.#begin();
    if (location === undefined) return "mounted";
    if (size <= CHUNK_BYTES) {
      await this.#finish(location, await this.source.read(0, size));
    } else await this.#finish(await this.#sendChunks(location));
    this.options.onProgress?.(size);
    return "uploaded";
  }

  async #isThere(): Promise<boolean> {
    const path = `blobs/${this.source.descriptor.digest}`;
    try {
      const url = urlOf(this.#endpoint, path);
      (await this.#send({ method: "HEAD", url })).cancel();
      return true;
    } catch (error) {
      // Who can't say so gets it once more.
      if (hasCode(error, "registry.not_found", "registry.refused")) {
        return false;
      }
      throw error;
    }
  }

  /** @returns Where to send it; `undefined`: it was mounted. */
  async #begin(): Promise<Place | undefined> {
    const { mountFrom } = this.options;
    const { digest } = this.source.descriptor;
    const query = mountFrom === undefined
      ? ""
      : `?${new URLSearchParams({ mount: digest, from: mountFrom })}`;
    const url = urlOf(this.#endpoint, `blobs/uploads/${query}`);
    const answer = await this.#send({ method: "POST", url }, mountFrom);
    answer.cancel();
    if (answer.response.status === 201) return undefined;
    const asked = Number(answer.response.headers.get("oci-chunk-min-length"));
    const chunkBytes = Math.max(CHUNK_BYTES, asked || 0);
    if (chunkBytes > LARGEST_CHUNK_BYTES) {
      throw new DstreamError(
        "registry.answer_invalid",
        `cannot ${this.#action}: pieces of ${asked} bytes are asked for`,
      );
    }
    return { url: this.#locationOf(answer), chunkBytes };
  }

  /** One piece after the other; after a failure where the registry stands. */
  async #sendChunks(place: Place): Promise<Place> {
    const { size } = this.source.descriptor;
    let url = place.url;
    let failures = 0;
    for (let start = 0; start < size;) {
      const bytes = await this.source.read(
        start,
        Math.min(place.chunkBytes, size - start),
      );
      try {
        url = await this.#sendChunk(url, start, bytes);
        start += bytes.length;
        failures = 0;
      } catch (error) {
        this.client.transport.deps.signal?.throwIfAborted();
        if (++failures === MAX_ATTEMPTS || !isWorthRetrying(error)) throw error;
        await this.#pause(error, failures);
        ({ url, start } = await this.#whereItStands(url, start));
      }
      this.options.onProgress?.(start);
    }
    return { ...place, url };
  }

  async #sendChunk(
    url: string,
    start: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<string> {
    const answer = await this.#send({
      method: "PATCH",
      url,
      headers: {
        "content-type": OCTETS,
        "content-range": `${start}-${start + bytes.length - 1}`,
      },
      body: bytes,
      maxAttempts: 1,
    });
    answer.cancel();
    return this.#locationOf(answer);
  }

  async #pause(error: unknown, attempt: number): Promise<void> {
    const { transport } = this.client;
    const reason = error instanceof Error ? error.message : String(error);
    const delayMs = transport.backoffMs(attempt);
    await transport.pause({ reason, attempt, delayMs });
  }

  async #whereItStands(
    url: string,
    start: number,
  ): Promise<{ url: string; start: number }> {
    const answer = await this.#send({ method: "GET", url });
    answer.cancel();
    const range = answer.response.headers.get("range") ?? "";
    const end = /^(?:bytes=)?0-(\d+)$/.exec(range)?.[1];
    const stands = end === undefined ? 0 : Number(end) + 1;
    // "0-0" is also what a registry says that has nothing yet.
    const isNothing = stands === 1 && start === 0;
    return { url: this.#locationOf(answer), start: isNothing ? 0 : stands };
  }

  async #finish(
    { url }: Place,
    body: Uint8Array<ArrayBuffer> = new Uint8Array(),
  ): Promise<void> {
    const target = new URL(url);
    target.searchParams.set("digest", this.source.descriptor.digest);
    const answer = await this.#send({
      method: "PUT",
      url: target.href,
      headers: { "content-type": OCTETS },
      body,
    });
    answer.cancel();
  }

  #locationOf({ response, url }: Answer): string {
    const location = response.headers.get("location");
    if (location !== null && URL.canParse(location, url)) {
      const target = new URL(location, url);
      const isPlain = target.protocol === "http:" && url.startsWith("http:");
      if (target.protocol === "https:" || isPlain) return target.href;
    }
    throw new DstreamError(
      "registry.answer_invalid",
      `cannot ${this.#action}: the registry does not say where to (${
        location === null ? "no location" : shownUrl(location)
      })`,
    );
  }

  async #send(
    request: Omit<
      Parameters<RegistryClient["request"]>[1],
      "action"
    >,
    mountFrom?: string,
  ): Promise<Answer> {
    const scopes = scopesFor(this.repository, WRITE);
    if (mountFrom !== undefined) {
      scopes.push(...scopesFor({ registry: "", repository: mountFrom }, [
        "pull",
      ]));
    }
    const full = { ...request, action: this.#action };
    return await this.client.request(this.#endpoint, full, scopes);
  }
}

/** An upload that has begun. */
interface Place {
  readonly url: string;
  readonly chunkBytes: number;
}

/** A wrong place may come from a lost answer, and asking tells. */
function isWorthRetrying(error: unknown): boolean {
  return hasCode(
    error,
    "registry.unreachable",
    "registry.failed",
    "registry.rate_limited",
    "registry.refused",
  );
}

/** A manifest or an index, as it is stored. */
export interface ManifestBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/**
 * Stores a manifest or an index.
 * @param reference A tag, or its digest.
 * @throws {DstreamError} `registry.digest_mismatch` when the registry read it as
 * something else, and what it says otherwise.
 */
export async function putManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  manifest: ManifestBytes,
): Promise<Digest> {
  return (await sendManifest(client, repository, reference, manifest)).digest;
}

/** As `putManifest`. @returns Also whether the registry lists it by its subject. */
export async function sendManifest(
  client: RegistryClient,
  repository: Repository,
  reference: string,
  { bytes, mediaType }: ManifestBytes,
): Promise<{ readonly digest: Digest; readonly isListed: boolean }> {
  const endpoint = client.origin(repository);
  const action = `push ${nameOf(repository, reference)}`;
  const digest = digestOf(bytes);
  const answer = await client.request(endpoint, {
    method: "PUT",
    url: urlOf(endpoint, `manifests/${reference}`),
    headers: { "content-type": mediaType },
    body: bytes,
    action,
  }, scopesFor(repository, WRITE));
  answer.cancel();
  const { headers } = answer.response;
  const said = headers.get("docker-content-digest");
  if (isDigest(said) && said !== digest) throw mismatch(action, digest, said);
  return { digest, isListed: headers.has("oci-subject") };
}
