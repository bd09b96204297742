/**
 * Between the tables, which read at the same time, and the one stream they feed.
 *
 * @module
 */

import type { InputBatch } from "@dstream/sdk";

/** A queue with a bound in bytes; one batch is taken however large it is. */
export class BatchQueue {
  readonly #maxBytes: number;
  readonly #batches: InputBatch[] = [];
  #bytes = 0;
  #changed = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Waits while too much is in the queue. */
  async put(batch: InputBatch, signal: AbortSignal): Promise<void> {
    const size = sizeOf(batch);
    while (this.#batches.length > 0 && this.#bytes + size > this.#maxBytes) {
      await waitFor(this.#changed.promise, signal);
    }
    signal.throwIfAborted();
    this.#batches.push(batch);
    this.#bytes += size;
    this.#wake();
  }

  /** What is in the queue is still taken; then reading ends. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** As {@link close}, and reading ends with this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  /** In the order they were put. */
  async *read(): AsyncGenerator<InputBatch> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) {
        this.#bytes -= sizeOf(batch);
        this.#wake();
        yield batch;
      } else if (this.#isClosed) {
        if (this.#failure !== undefined) throw this.#failure.error;
        return;
      } else await this.#changed.promise;
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

function sizeOf({ lines }: InputBatch): number {
  return lines?.length ?? 0;
}

async function waitFor(
  promise: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
