/**
 * What can be asked of a registry: manifests, blobs, tags, referrers.
 *
 * Uploading is push.ts, getting a blob onto the disk download.ts. Reading asks the
 * mirrors first; writing and deleting always goes to the registry itself.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import type { Access, Authorizer } from "./auth.ts";
import { wholeBody } from "./body.ts";
import { type Digest, digestOf, isDigest } from "./digest.ts";
import {
  type Descriptor,
  type Index,
  type Manifest,
  MAX_MANIFEST_BYTES,
  parseManifest,
} from "./manifest.ts";
import { ACCEPTED_MANIFESTS, INDEX } from "./media_type.ts";
import { shownUrl } from "./problem.ts";
import { baseUrl } from "./reference.ts";
import type { Answer, RegistryRequest, Transport } from "./transport.ts";

/** A place for artifacts. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

/** A manifest as stored, and read. */
export interface FetchedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifest: Manifest | Index;
}

/** Where registries are, when not where their names say. */
export interface RegistrySettings {
  /** Hosts that speak HTTP, besides loopback ones. */
  readonly insecureRegistries?: readonly string[];
  /** Registry → `host[:port][/prefix]` to ask before it. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
}

/** One place that has a repository: a mirror, or the registry itself. */
export interface Endpoint extends Repository {
  readonly baseUrl: string;
  /** There is another place to ask. */
  readonly isMirror?: boolean;
}

const MIRROR_ATTEMPTS = 2;
const MAX_PAGES = 1000;
const MAX_TAGS = 100_000;
const PAGE_SIZE = 1000;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** Speaks to registries. */
export class RegistryClient {
  readonly #deadMirrors = new Set<string>();

  constructor(
    readonly transport: Transport,
    readonly authorizer: Authorizer,
    readonly settings: RegistrySettings = {},
    readonly onClose: () => void = () => {},
  ) {}

  /** Closes its connections. */
  [Symbol.dispose](): void {
    this.onClose();
  }

  /**
   * @param reference A tag or a digest.
   * @throws {DstreamError} `registry.not_found`, `registry.digest_mismatch`,
   * `registry.manifest_invalid` and what sending throws.
   */
  async manifest(
    repository: Repository,
    reference: string,
  ): Promise<FetchedManifest> {
    const action = `read ${nameOf(repository, reference)}`;
    return await this.#fromAny(
      repository,
      (endpoint) => this.#manifestAt(endpoint, reference, action),
    );
  }

  async #manifestAt(
    endpoint: Endpoint,
    reference: string,
    action: string,
  ): Promise<FetchedManifest> {
    const answer = await this.#get(endpoint, `manifests/${reference}`, {
      action,
      accept: ACCEPTED_MANIFESTS,
    });
    const said = answer.response.headers;
    const bytes = await this.#body(answer, action, MAX_MANIFEST_BYTES);
    const digest = digestOf(bytes);
    const wanted = isDigest(reference)
      ? reference
      : said.get("docker-content-digest");
    if (isDigest(wanted) && wanted !== digest) {
      throw mismatch(action, wanted, digest);
    }
    const mediaType = said.get("content-type") ?? undefined;
    const manifest = parseManifest(bytes, mediaType);
    return { digest, bytes, manifest, mediaType: manifest.mediaType };
  }

  /**
   * The digest a tag stands for now; one small request where possible.
   * @param maxAttempts Few, where there is something to fall back on.
   */
  async resolve(
    repository: Repository,
    tag: string,
    maxAttempts?: number,
  ): Promise<Digest> {
    const action = `look up ${nameOf(repository, tag)}`;
    return await this.#fromAny(repository, async (endpoint) => {
      const digest = await this.#digestByHead(endpoint, tag, {
        action,
        maxAttempts,
      });
      return digest ??
        (await this.#manifestAt(endpoint, tag, action)).digest;
    });
  }

  /** @returns `undefined` where only the manifest itself can tell. */
  async #digestByHead(
    endpoint: Endpoint,
    tag: string,
    more: { readonly action: string; readonly maxAttempts?: number },
  ): Promise<Digest | undefined> {
    try {
      const answer = await this.#ask(endpoint, {
        ...more,
        method: "HEAD",
        url: urlOf(endpoint, `manifests/${tag}`),
        headers: { accept: ACCEPTED_MANIFESTS },
      });
      answer.cancel();
      const digest = answer.response.headers.get("docker-content-digest");
      return isDigest(digest) ? digest : undefined;
    } catch (error) {
      // Some that know GET refuse HEAD, or say that there is nothing.
      if (!hasCode(error, "registry.not_found", "registry.refused")) {
        throw error;
      }
      return undefined;
    }
  }

  /**
   * Opens a blob from an offset on.
   * @returns An answer with status 206, or 200 where the registry begins anew.
   */
  async openBlob(
    endpoint: Endpoint,
    { digest, size }: Descriptor,
    offset: number,
  ): Promise<Answer> {
    const range = offset > 0 && offset < size
      ? { range: `bytes=${offset}-${size - 1}` }
      : undefined;
    return await this.#get(endpoint, `blobs/${digest}`, {
      action: `pull ${nameOf(endpoint, digest)}`,
      headers: range,
    });
  }

  /** Where a repository can be read, in the order to try. */
  endpoints({ registry, repository }: Repository): Endpoint[] {
    const { mirrors = {}, insecureRegistries } = this.settings;
    const base = (host: string) => baseUrl(host, insecureRegistries);
    const copies = (mirrors[registry] ?? []).map((mirror) => {
      const [host, ...prefix] = mirror.replace(/^https?:\/\//, "").split("/");
      return {
        registry: host,
        repository: [...prefix, repository].filter(Boolean).join("/"),
        baseUrl: base(host),
        isMirror: true,
      };
    });
    return [...copies, { registry, repository, baseUrl: base(registry) }];
  }

  /** The registry itself. */
  origin(repository: Repository): Endpoint {
    const endpoints = this.endpoints(repository);
    return endpoints[endpoints.length - 1];
  }

  /** Every tag, as the registry orders them. */
  async tags(repository: Repository): Promise<string[]> {
    const action = `list the tags of ${nameOf(repository)}`;
    return await this.#fromAny(repository, async (endpoint) => {
      const tags: string[] = [];
      const first = urlOf(endpoint, `tags/list?n=${PAGE_SIZE}`);
      for await (const page of this.#pages(endpoint, first, action)) {
        const list = (page as { tags?: unknown }).tags ?? [];
        if (!Array.isArray(list)) throw unreadable(action, "tags is no list");
        for (const tag of list) if (typeof tag === "string") tags.push(tag);
        if (tags.length > MAX_TAGS) {
          throw unreadable(action, `more than ${MAX_TAGS} tags`);
        }
      }
      return tags;
    });
  }

  /**
   * What was attached to a manifest: signatures, bills of materials. Registries
   * from before there were referrers keep the list under a tag.
   */
  async referrers(
    repository: Repository,
    digest: Digest,
    artifactType?: string,
  ): Promise<readonly Descriptor[]> {
    const all = await this.#listReferrers(repository, digest) ??
      await this.#taggedReferrers(repository, digest);
    return artifactType === undefined
      ? all
      : all.filter((one) => one.artifactType === artifactType);
  }

  async #listReferrers(
    repository: Repository,
    digest: Digest,
  ): Promise<readonly Descriptor[] | undefined> {
    const action = `list what refers to ${nameOf(repository, digest)}`;
    const endpoint = this.origin(repository);
    const found: Descriptor[] = [];
    const first = urlOf(endpoint, `referrers/${digest}`);
    try {
      for await (const page of this.#pages(endpoint, first, action, INDEX)) {
        const bytes = new TextEncoder().encode(JSON.stringify(page));
        const index = parseManifest(bytes, INDEX);
        if (index.kind !== "index") continue;
        for (const one of index.manifests) found.push(one);
      }
      return found;
    } catch (error) {
      if (hasCode(error, "registry.not_found", "registry.manifest_invalid")) {
        return undefined;
      }
      throw error;
    }
  }

  async #taggedReferrers(
    repository: Repository,
    digest: Digest,
  ): Promise<readonly Descriptor[]> {
    try {
      const tag = digest.replace(":", "-");
      const { manifest } = await this.manifest(repository, tag);
      return manifest.kind === "index" ? manifest.manifests : [];
    } catch (error) {
      if (hasCode(error, "registry.not_found")) return [];
      throw error;
    }
  }

  /** Forgets a manifest, and with it the tags that stand for it. */
  async delete(repository: Repository, digest: Digest): Promise<void> {
    const endpoint = this.origin(repository);
    const answer = await this.#ask(endpoint, {
      method: "DELETE",
      url: urlOf(endpoint, `manifests/${digest}`),
      action: `delete ${nameOf(repository, digest)}`,
    }, ["pull", "delete"]);
    answer.cancel();
  }

  /** Whether the registry is one, and knows us. */
  async ping(registry: string): Promise<void> {
    const endpoint = this.origin({ registry, repository: "" });
    const answer = await this.#ask(endpoint, {
      method: "GET",
      url: `${endpoint.baseUrl}/v2/`,
      action: `log in to ${registry}`,
    }, []);
    answer.cancel();
  }

  /**
   * Sends a request as who we are.
   * @throws {DstreamError} For every answer that isn't a success.
   */
  async request(
    endpoint: Endpoint,
    request: Omit<RegistryRequest, "registry">,
    scopes: readonly string[],
  ): Promise<Answer> {
    const access: Access = { ...endpoint, action: request.action, scopes };
    const maxAttempts = request.maxAttempts ??
      (endpoint.isMirror ? MIRROR_ATTEMPTS : undefined);
    const full = { ...request, maxAttempts, registry: endpoint.registry };
    const answer = await this.authorizer.send(access, full);
    if (answer.response.ok) return answer;
    throw await this.transport.refusal(full, answer);
  }

  async #ask(
    endpoint: Endpoint,
    request: Omit<RegistryRequest, "registry">,
    actions: readonly string[] = ["pull"],
  ): Promise<Answer> {
    return await this.request(endpoint, request, scopesFor(endpoint, actions));
  }

  async #get(
    endpoint: Endpoint,
    path: string,
    more: {
      action: string;
      accept?: string;
      headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Answer> {
    const { accept, headers, action } = more;
    return await this.#ask(endpoint, {
      method: "GET",
      url: urlOf(endpoint, path),
      headers: { ...headers, ...accept !== undefined && { accept } },
      action,
    });
  }

  async #body(answer: Answer, action: string, maxBytes: number) {
    try {
      return await wholeBody(answer, maxBytes, this.transport.deps);
    } catch (cause) {
      if (this.transport.deps.signal?.aborted) throw cause;
      const reason = cause instanceof Error ? cause.message : "it broke off";
      throw unreadable(action, reason, cause);
    }
  }

  /** Follows `Link: <…>; rel="next"`, and never the same one twice. */
  async *#pages(
    endpoint: Endpoint,
    first: string,
    action: string,
    accept = "application/json",
  ): AsyncGenerator<unknown> {
    const seen = new Set<string>();
    for (let url: string | undefined = first; url !== undefined;) {
      if (seen.has(url)) throw unreadable(action, "its pages go in a circle");
      if (seen.size === MAX_PAGES) throw unreadable(action, "too many pages");
      seen.add(url);
      const headers = { accept };
      const answer: Answer = await this.#ask(endpoint, {
        method: "GET",
        url,
        headers,
        action,
      });
      const link = answer.response.headers.get("link");
      const bytes = await this.#body(answer, action, MAX_PAGE_BYTES);
      yield parseJson(bytes, action);
      url = nextPage(link, url, action);
    }
  }

  /** The first mirror that answers well, else the registry. */
  async #fromAny<T>(
    repository: Repository,
    attempt: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> {
    const endpoints = this.endpoints(repository);
    for (const endpoint of endpoints.slice(0, -1)) {
      if (this.#deadMirrors.has(endpoint.registry)) continue;
      try {
        return await attempt(endpoint);
      } catch (error) {
        if (!(error instanceof DstreamError)) throw error;
        // Nobody waits for the same silence twice.
        if (!hasCode(error, "registry.not_found")) {
          this.#deadMirrors.add(endpoint.registry);
        }
      }
    }
    return await attempt(endpoints[endpoints.length - 1]);
  }
}

/** `ghcr.io/acme/in-pg:1.4.0`, `…@sha256:…` */
export function nameOf(
  { registry, repository }: Repository,
  reference?: string,
): string {
  if (reference === undefined) return `${registry}/${repository}`;
  const separator = isDigest(reference) ? "@" : ":";
  return `${registry}/${repository}${separator}${reference}`;
}

/** `https://ghcr.io/v2/acme/in-pg/` and the path. */
export function urlOf(endpoint: Endpoint, path: string): string {
  return `${endpoint.baseUrl}/v2/${endpoint.repository}/${path}`;
}

/** `repository:acme/in-pg:pull,push`; none for the registry as a whole. */
export function scopesFor(
  { repository }: Repository,
  actions: readonly string[],
): string[] {
  if (actions.length === 0) return [];
  return [`repository:${repository}:${actions.join(",")}`];
}

function nextPage(
  link: string | null,
  url: string,
  action: string,
): string | undefined {
  const next = /<([^>]*)>\s*;[^,]*rel="?next"?/i.exec(link ?? "")?.[1];
  if (next === undefined) return undefined;
  const here = new URL(url);
  const target = URL.canParse(next, url) ? new URL(next, url) : undefined;
  // The pass goes along, so the next page is asked of the same registry. Behind a
  // proxy it doesn't know by which scheme and port it is reached.
  const isSame = target?.origin === here.origin ||
    (target?.hostname === here.hostname && target.protocol !== here.protocol);
  if (target !== undefined && isSame) {
    return `${here.origin}${target.pathname}${target.search}`;
  }
  throw unreadable(action, `its next page is elsewhere, at ${shownUrl(next)}`);
}

function parseJson(bytes: Uint8Array, action: string): unknown {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw unreadable(action, "it is no JSON object");
}

function unreadable(
  action: string,
  reason: string,
  cause?: unknown,
): DstreamError {
  return new DstreamError(
    "registry.answer_invalid",
    `cannot ${action}: the answer can't be used: ${reason}`,
    { cause },
  );
}

/** Bytes that are not what they were said to be. */
export function mismatch(
  action: string,
  wanted: string,
  got: string,
): DstreamError {
  return new DstreamError(
    "registry.digest_mismatch",
    `cannot ${action}: it should be ${wanted} and is ${got}`,
    {
      hint: "the registry or something on the way has changed it; " +
        "nothing of it was kept",
    },
  );
}

/** Whether an error is one of these. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof DstreamError && codes.includes(error.code);
}
