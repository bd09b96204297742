/**
 * Brings a blob home, going on where a connection broke off.
 *
 * Bytes are handed to a target as they come, which checks their digest. What a
 * registry says about sizes is never believed beyond the descriptor: not a byte
 * more than announced is taken.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { chunksOf } from "./body.ts";
import { type Endpoint, nameOf, type RegistryClient } from "./client.ts";
import type { Repository } from "./client.ts";
import type { Descriptor } from "./manifest.ts";
import { type Answer, MAX_ATTEMPTS } from "./transport.ts";

/** Where the bytes go. */
export interface DownloadTarget {
  /** How many of the blob's first bytes it has. */
  readonly sizeBytes: number;
  /** Takes the next ones; they are only valid until it returns. */
  write(bytes: Uint8Array): Promise<void> | void;
  /** Forgets all it has. */
  restart(): Promise<void>;
}

/** More than this, with or without progress, is no connection. */
const MAX_RECONNECTS = 100;

/**
 * Returns when the target has as many bytes as the blob.
 * @throws {DstreamError} `registry.size_mismatch`, and what sending throws.
 */
export async function downloadBlob(
  client: RegistryClient,
  repository: Repository,
  blob: Descriptor,
  target: DownloadTarget,
): Promise<void> {
  if (target.sizeBytes > blob.size) await target.restart();
  const { transport } = client;
  const tries = new Tries(client.endpoints(repository));
  while (target.sizeBytes < blob.size) {
    const beforeBytes = target.sizeBytes;
    const { endpoint } = tries;
    try {
      const answer = await client.openBlob(endpoint, blob, beforeBytes);
      await take(answer, blob, target, { client, endpoint });
      if (target.sizeBytes === blob.size) return;
      throw new Error("the connection was closed early");
    } catch (error) {
      transport.deps.signal?.throwIfAborted();
      const hasProgress = target.sizeBytes > beforeBytes;
      const attempt = tries.failed(error, hasProgress);
      if (attempt === undefined) throw finalError(error, blob, endpoint);
      if (attempt === 0) continue;
      const reason = error instanceof Error ? error.message : String(error);
      const delayMs = transport.backoffMs(attempt);
      await transport.pause({ reason, attempt, delayMs });
    }
  }
}

/** Which place to ask, and how often it may fail. */
class Tries {
  #attempt = 0;
  #total = 0;
  #place = 0;

  constructor(readonly endpoints: readonly Endpoint[]) {}

  get endpoint(): Endpoint {
    return this.endpoints[this.#place];
  }

  /**
   * @returns How many times in a row nothing came; 0: ask the next place at once;
   * `undefined`: it's no use.
   */
  failed(error: unknown, hasProgress: boolean): number | undefined {
    if (++this.#total > MAX_RECONNECTS) return undefined;
    // The transport has tried what a registry's own word says already.
    const isFinal = error instanceof DstreamError;
    this.#attempt = hasProgress ? 1 : this.#attempt + 1;
    if (!isFinal && this.#attempt < MAX_ATTEMPTS) return this.#attempt;
    if (this.#place + 1 === this.endpoints.length) return undefined;
    this.#place++;
    this.#attempt = 0;
    return 0;
  }
}

async function take(
  answer: Answer,
  blob: Descriptor,
  target: DownloadTarget,
  { client, endpoint }: { client: RegistryClient; endpoint: Endpoint },
): Promise<void> {
  try {
    await alignTo(answer.response, target);
    refuseOtherSize(answer.response, blob, target, endpoint);
    for await (const chunk of chunksOf(answer, client.transport.deps)) {
      if (target.sizeBytes + chunk.length > blob.size) {
        throw sizeMismatch(blob, endpoint, "it sends more");
      }
      await target.write(chunk);
    }
  } finally {
    answer.cancel();
  }
}

/** A registry without ranges begins at the beginning, and says so by 200. */
async function alignTo(
  { status, headers }: Response,
  target: DownloadTarget,
): Promise<void> {
  if (target.sizeBytes === 0 && status === 200) return;
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  if (status === 206 && Number(start) === target.sizeBytes) return;
  if (status === 206) throw new Error("it goes on at another place");
  await target.restart();
}

function refuseOtherSize(
  { headers }: Response,
  blob: Descriptor,
  target: DownloadTarget,
  endpoint: Endpoint,
): void {
  const length = headers.get("content-length");
  if (length === null) return;
  if (Number(length) === blob.size - target.sizeBytes) return;
  throw sizeMismatch(blob, endpoint, `${length} bytes are announced`);
}

function sizeMismatch(
  blob: Descriptor,
  endpoint: Endpoint,
  what: string,
): DstreamError {
  return new DstreamError(
    "registry.size_mismatch",
    `cannot pull ${nameOf(endpoint, blob.digest)}: it should have ` +
      `${blob.size} bytes, and ${what}`,
    { hint: "the artifact or the registry is damaged; nothing of it was kept" },
  );
}

function finalError(
  error: unknown,
  blob: Descriptor,
  endpoint: Endpoint,
): DstreamError {
  if (error instanceof DstreamError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DstreamError(
    "registry.unreachable",
    `cannot pull ${nameOf(endpoint, blob.digest)}: the connection to ` +
      `${endpoint.registry} breaks off again and again: ${reason}`,
    { cause: error, hint: "try again: what has come is kept, and goes on" },
  );
}
