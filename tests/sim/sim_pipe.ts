/**
 * A pipe between two simulated processes: bounded, cut anywhere, and broken when
 * its reader is gone. What lies in it outlives its writer.
 *
 * @module
 */

/** The reader is gone. */
export class BrokenPipe extends Error {}

/** Bytes on their way. */
export class SimPipe {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isWriterGone = false;
  #isReaderGone = false;
  #changed = Promise.withResolvers<void>();

  constructor(readonly capacityBytes: number) {}

  get isReaderGone(): boolean {
    return this.#isReaderGone;
  }

  /** Its writer is gone, and nothing is left to read. */
  get isAtEnd(): boolean {
    return this.#isWriterGone && this.#heldBytes === 0;
  }

  /**
   * Takes all bytes, as room comes: they are looked at only then.
   * @throws {BrokenPipe}
   */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#isReaderGone) throw new BrokenPipe("broken pipe");
      const room = this.capacityBytes - this.#heldBytes;
      if (room === 0 || this.#isWriterGone) {
        await this.#changed.promise;
        continue;
      }
      this.#hold(bytes.slice(at, at + room));
      at += room;
    }
    if (this.#isReaderGone) throw new BrokenPipe("broken pipe");
  }

  /** Up to so many bytes; `undefined` at the end. */
  async read(maxBytes: number): Promise<Uint8Array | undefined> {
    while (this.#heldBytes === 0) {
      if (this.#isWriterGone || this.#isReaderGone) return undefined;
      await this.#changed.promise;
    }
    const first = this.#held[0];
    const taken = first.subarray(0, maxBytes);
    if (taken.length === first.length) this.#held.shift();
    else this.#held[0] = first.subarray(taken.length);
    this.#heldBytes -= taken.length;
    this.#tell();
    return taken;
  }

  closeWriter(): void {
    this.#isWriterGone = true;
    this.#tell();
  }

  closeReader(): void {
    this.#isReaderGone = true;
    this.#held = [];
    this.#heldBytes = 0;
    this.#tell();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
