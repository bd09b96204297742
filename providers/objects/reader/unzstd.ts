/**
 * Unpacks zstd, all frames of a file.
 *
 * node:zlib stops silently behind the first frame, so the bytes that it left are
 * handed to another decompressor.
 *
 * @module
 */

import { createZstdDecompress } from "node:zlib";
import { zstdFrames } from "../../formats/mod.ts";

/** @throws {DstreamError} For a file that is damaged or cut off. */
export async function* unzstd(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array> {
  let frame: ReturnType<typeof createZstdDecompress> | undefined;
  let pieces: Uint8Array[] = [];
  for await (const part of zstdFrames(bytes)) {
    if (frame === undefined) {
      frame = createZstdDecompress();
      frame.on("data", (piece: Uint8Array) => pieces.push(piece));
    }
    const current = frame;
    await new Promise<void>((resolve, reject) => {
      current.once("error", reject);
      current.write(part.bytes, () => {
        current.off("error", reject);
        resolve();
      });
    });
    if (part.isEnd) {
      const ended = new Promise((resolve, reject) => {
        current.once("end", resolve);
        current.once("error", reject);
      });
      current.end();
      await ended;
      frame = undefined;
    }
    yield* pieces;
    pieces = [];
  }
}
