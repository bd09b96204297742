/**
 * Bytes → members of gzip or frames of zstd, each whole in itself.
 *
 * A file is a row of members, which programs that unpack take as one; so what was
 * acknowledged can be read after a crash, whatever came behind it. Small members
 * compress badly, so bytes are gathered first.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";

/** From so many gathered bytes on, more would hardly compress better. */
export const MEMBER_BYTES = 1024 * 1024;

/** How a file is compressed as a whole. */
export type Packing = "gzip" | "zstd";

export class MemberWriter {
  readonly #packing: Packing;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #gatheredBytes = 0;

  constructor(packing: Packing) {
    this.#packing = packing;
  }

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
    return await compress(pieces, this.#packing);
  }
}

/** One member with its checksum; the work is done beside the main thread. */
export async function compress(
  pieces: readonly Uint8Array<ArrayBuffer>[],
  packing: Packing,
): Promise<Uint8Array> {
  const { constants, gzip, zstdCompress } = await import("node:zlib");
  const whole = new Uint8Array(await new Blob([...pieces]).arrayBuffer());
  return await new Promise((resolve, reject) => {
    const done = (error: Error | null, bytes: Uint8Array) =>
      error ? reject(error) : resolve(bytes);
    if (packing === "gzip") gzip(whole, done);
    else {
      const params = { [constants.ZSTD_c_checksumFlag]: 1 };
      zstdCompress(whole, { params }, done);
    }
  });
}

/**
 * The content that a file begins with, from its first bytes.
 *
 * @throws {ConfigError} when it is not packed so.
 */
export async function beginOfPacked(
  path: string,
  bytes: Uint8Array,
  packing: Packing,
): Promise<Uint8Array> {
  const magic = MAGIC[packing];
  if (magic.some((byte, index) => bytes[index] !== byte)) {
    throw new ConfigError(
      "path",
      `${JSON.stringify(path)} is no ${packing} file`,
    );
  }
  const { constants, gunzipSync, zstdDecompressSync } = await import(
    "node:zlib"
  );
  return packing === "gzip"
    ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
    : zstdDecompressSync(bytes, { finishFlush: constants.ZSTD_e_flush });
}

const MAGIC = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd] };
