/**
 * Bytes → gzip members, each whole in itself.
 *
 * A file is a row of members, which every gzip reader takes as one; so what was
 * acknowledged can be read after a crash, whatever came behind it. Small members
 * compress badly, so bytes are gathered first.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";

/** From so many gathered bytes on, more would hardly compress better. */
export const MEMBER_BYTES = 1024 * 1024;

export class GzipWriter {
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #gatheredBytes = 0;

  /** Not compressed yet. */
  get gatheredBytes(): number {
    return this.#gatheredBytes;
  }

  /** @returns A member, once enough has gathered. */
  async add(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    this.#pieces.push(bytes.slice());
    this.#gatheredBytes += bytes.length;
    return this.#gatheredBytes < MEMBER_BYTES ? undefined : await this.flush();
  }

  /** @returns A member of all that has gathered, if anything. */
  async flush(): Promise<Uint8Array | undefined> {
    if (this.#gatheredBytes === 0) return undefined;
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#gatheredBytes = 0;
    return await compress(pieces);
  }
}

/** One member; the work is done beside the main thread. */
export async function compress(
  pieces: readonly Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array> {
  const { gzip } = await import("node:zlib");
  const whole = new Uint8Array(await new Blob([...pieces]).arrayBuffer());
  return await new Promise((resolve, reject) =>
    gzip(whole, (error, bytes) => error ? reject(error) : resolve(bytes))
  );
}

/**
 * The content that a file begins with, from its first bytes.
 *
 * @throws {ConfigError} when it is no gzip file.
 */
export async function beginOfGzip(
  path: string,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!isGzip) {
    throw new ConfigError("path", `${JSON.stringify(path)} is no gzip file`);
  }
  const { constants, gunzipSync } = await import("node:zlib");
  return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}
