/**
 * Pieces through a decompressor of node:zlib.
 *
 * @module
 */

import type { Transform } from "node:stream";

/** Pumps pieces through a stream of node:zlib, no faster than they are taken. */
export async function* through(
  transform: Transform,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  const pump = (async () => {
    for await (const piece of pieces) {
      if (transform.destroyed) return;
      if (!transform.write(piece)) await drained(transform);
    }
    transform.end();
  })().catch((error) => {
    // What came before it is good, and delivered first.
    failure ??= { error };
    transform.end();
  });
  try {
    yield* transform as AsyncIterable<Uint8Array>;
    await pump;
    if (failure !== undefined) throw failure.error;
  } catch (error) {
    throw failure?.error ?? error;
  } finally {
    transform.destroy();
    await pump;
  }
}

function drained(transform: Transform): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      transform.off("drain", done).off("close", done);
      resolve();
    };
    transform.on("drain", done).on("close", done);
  });
}
