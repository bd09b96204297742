/**
 * The user's stdout: takes an output's own output, byte for byte.
 *
 * When it is slow, that pushes back; when it breaks (`| head`), the run stops.
 *
 * @module
 */

import { visibleStream } from "./visible.ts";

/** One run's way to the user's stdout. */
export class UserOutput {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #piped: Promise<void> | undefined;
  readonly #onBroken: () => void;
  #isBroken = false;

  /** @param isTerminal Makes control characters visible on the way. */
  constructor(
    sink: WritableStream<Uint8Array>,
    isTerminal: boolean,
    onBroken: () => void,
  ) {
    this.#onBroken = onBroken;
    if (!isTerminal) {
      this.#writer = sink.getWriter();
      return;
    }
    const visible = visibleStream();
    this.#writer = visible.writable.getWriter();
    this.#piped = visible.readable.pipeTo(sink, { preventClose: true });
    this.#piped.catch(() => this.#break());
  }

  /** Resolves when the bytes were taken; what a broken stdout would get is lost. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isBroken) return;
    try {
      await this.#writer.write(bytes);
    } catch {
      this.#break();
    }
  }

  /** Flushes; the stream itself stays open for others. */
  async close(): Promise<void> {
    try {
      if (this.#piped === undefined) return this.#writer.releaseLock();
      await this.#writer.close();
      await this.#piped;
    } catch {
      this.#break();
    }
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#onBroken();
  }
}
