/**
 * Collects lines as bytes: text is encoded in pieces, and who has bytes already
 * writes them in place.
 *
 * @module
 */

/** Text is encoded when there is this much. */
const PIECE_CHARACTERS = 64 * 1024;
/** UTF-8 needs no more for one UTF-16 unit. */
const MAX_BYTES_PER_CHARACTER = 3;

const encoder = new TextEncoder();

/** Bytes of whole lines. */
export class LineBuffer {
  #bytes: Uint8Array<ArrayBuffer>;
  #size = 0;
  #text = "";

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  /** Bytes and characters so far: exact only after {@link take}. */
  get size(): number {
    return this.#size + this.#text.length;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= PIECE_CHARACTERS) this.#encode();
  }

  /** Where bytes may be written next; end with {@link finish}. */
  begin(): { readonly bytes: Uint8Array; readonly at: number } {
    if (this.#text !== "") this.#encode();
    return { bytes: this.#bytes, at: this.#size };
  }

  /**
   * Makes room for `most` bytes at `at`; what lies before `at` is kept.
   * @returns Where they go, at the same place.
   */
  grow(at: number, most: number): Uint8Array {
    if (this.#bytes.length - at < most) {
      const larger = new Uint8Array(
        Math.max(this.#bytes.length * 2, at + most),
      );
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  /** What was written up to `at` counts. */
  finish(at: number): void {
    this.#size = at;
  }

  /** @returns All bytes, in a buffer of their own; begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    this.#encode();
    const bytes = this.#bytes.subarray(0, this.#size);
    this.#bytes = new Uint8Array(0);
    this.#size = 0;
    return bytes;
  }

  #encode(): void {
    this.grow(this.#size, this.#text.length * MAX_BYTES_PER_CHARACTER);
    const target = this.#bytes.subarray(this.#size);
    this.#size += encoder.encodeInto(this.#text, target).written;
    this.#text = "";
  }
}
