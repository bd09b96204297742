/**
 * `sha256:…`: the name that bytes give themselves.
 *
 * Only SHA-256 is written and read: every registry has it, and one algorithm
 * leaves nothing to negotiate.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests
 * @module
 */

import { createHash } from "node:crypto";
import { DstreamError } from "../base/errors.ts";

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

const PATTERN = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is a digest that we can check. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && PATTERN.test(text);
}

/**
 * The 64 hex digits alone: a file name on every system, and never a path.
 * @throws {DstreamError} `registry.manifest_invalid`: a type does not stop what
 * came from outside.
 */
export function hexOf(digest: Digest): string {
  if (!isDigest(digest)) {
    throw new DstreamError(
      "registry.manifest_invalid",
      "cannot look for a file: what should be its sha256 digest is none",
      { hint: "the artifact has to be pushed again by its publisher" },
    );
  }
  return digest.slice("sha256:".length);
}

/** `sha256:1a2b3c4d5e6f`: enough to tell two apart by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

/**
 * The digest of bytes at hand.
 *
 * @example
 * ```ts
 * const digest = digestOf(new TextEncoder().encode("{}"));
 * if (!digest.startsWith("sha256:44136fa3")) throw new Error(digest);
 * ```
 */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The digest of bytes as they pass. */
export class DigestStream {
  readonly #hash = createHash("sha256");
  #sizeBytes = 0;

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Once, after the last bytes. */
  digest(): Digest {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
