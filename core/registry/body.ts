/**
 * Reads an answer's body, and gives up on one that stands still.
 *
 * @module
 */

import type { Clock } from "../ports/mod.ts";
import type { Answer } from "./transport.ts";

/** No byte for so long: the connection counts as lost. */
export const STALL_MS = 30_000;

/** How to read. */
export interface BodyOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * The body's chunks as they come.
 * @throws When the connection breaks or stands still, or the signal aborts.
 */
export async function* chunksOf(
  { response, cancel }: Answer,
  { clock, signal }: BodyOptions,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const watch = new Watchdog(clock, () => {
    cancel();
    void reader.cancel(new Error("stalled")).catch(() => {});
  });
  const onAbort = () => cancel();
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal?.aborted) throw signal.reason;
      if (watch.hasBitten) throw new Error(`no data for ${STALL_MS / 1000} s`);
      if (done) return;
      watch.calm();
      yield value;
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw watch.hasBitten
      ? new Error(`no data for ${STALL_MS / 1000} s`)
      : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    watch.stop();
    // Somebody who stops half way doesn't want the rest.
    cancel();
    await reader.cancel().catch(() => {});
  }
}

/** Bites when it was not calmed for a while. */
class Watchdog {
  #calmed = true;
  readonly #over = new AbortController();
  hasBitten = false;

  constructor(clock: Clock, bite: () => void) {
    void this.#watch(clock, bite).catch(() => {});
  }

  calm(): void {
    this.#calmed = true;
  }

  stop(): void {
    this.#over.abort();
  }

  async #watch(clock: Clock, bite: () => void): Promise<void> {
    while (this.#calmed) {
      this.#calmed = false;
      await clock.sleep(STALL_MS, this.#over.signal);
    }
    this.hasBitten = true;
    bite();
  }
}

/** A small body that takes longer than this is not worth waiting for. */
const SMALL_BODY_TIMEOUT_MS = 60_000;
const MAX_ERROR_BYTES = 64 * 1024;

/** A whole body. @throws {RangeError} When it is longer. */
export async function wholeBody(
  answer: Answer,
  maxBytes: number,
  options: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, isWhole } = await collect(answer, maxBytes, options);
  if (isWhole) return bytes;
  throw new RangeError(`the answer is longer than ${maxBytes} bytes`);
}

/** The beginning of what a registry says to a failure, or nothing. */
export async function errorText(
  answer: Answer,
  options: BodyOptions,
): Promise<string> {
  try {
    const { bytes } = await collect(answer, MAX_ERROR_BYTES, options);
    return new TextDecoder().decode(bytes);
  } catch {
    return "";
  }
}

async function collect(
  answer: Answer,
  maxBytes: number,
  options: BodyOptions,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isWhole: boolean }> {
  const over = new AbortController();
  const limit = options.clock.sleep(SMALL_BODY_TIMEOUT_MS, over.signal)
    .then(() => answer.cancel()).catch(() => {});
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of chunksOf(answer, options)) {
      parts.push(part);
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) break;
    }
  } finally {
    over.abort();
    await limit;
  }
  const isWhole = sizeBytes <= maxBytes;
  return { bytes: join(parts, sizeBytes), isWhole };
}

/** Parts one after the other. */
function join(
  parts: readonly Uint8Array[],
  sizeBytes: number,
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
