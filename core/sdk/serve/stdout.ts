/**
 * One writer of stdout: whole pieces, one after the other.
 *
 * Everything is asynchronous, so that a reader that stands still never keeps a
 * provider from hearing a signal, a stop record or the end of stdin.
 *
 * @module
 */

import type { Host } from "./host.ts";

/** Nobody reads stdout any more: the CLI is gone, or `| head` has enough. */
export class StdoutClosed extends Error {
  override readonly name = "StdoutClosed";

  constructor(cause: unknown) {
    super("stdout is closed", { cause });
  }
}

/** Queues writes; the caller bounds the queue by awaiting what it writes. */
export class Stdout {
  readonly #host: Host;
  #last: Promise<void> = Promise.resolve();

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Resolves when the pipe has taken all bytes, which must not change before.
   * @throws {StdoutClosed}
   */
  write(bytes: Uint8Array | string): Promise<void> {
    const chunk = typeof bytes === "string"
      ? new TextEncoder().encode(bytes)
      : bytes;
    const written = this.#last.then(() => this.#writeAll(chunk));
    this.#last = written;
    // A failure is the caller's to see; later writes fail by themselves.
    written.catch(() => {});
    return written;
  }

  /** Ends stdout after what is queued. */
  async close(): Promise<void> {
    await this.#last;
    this.#host.closeStdout();
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < chunk.length;) {
        sent += await this.#host.write(
          sent === 0 ? chunk : chunk.subarray(sent),
        );
      }
    } catch (error) {
      throw new StdoutClosed(error);
    }
  }
}
