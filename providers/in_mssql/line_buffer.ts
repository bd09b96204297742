/**
 * Collects text and makes bytes of it in pieces, so that neither grows twice.
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

  /** @returns All bytes, in a buffer of their own; begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    this.#encode();
    const bytes = this.#bytes.subarray(0, this.#size);
    this.#bytes = new Uint8Array(Math.max(this.#size, 1024));
    this.#size = 0;
    return bytes;
  }

  #encode(): void {
    const most = this.#text.length * MAX_BYTES_PER_CHARACTER;
    if (this.#bytes.length - this.#size < most) {
      const larger = new Uint8Array(
        Math.max(this.#bytes.length * 2, this.#size + most),
      );
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
    const target = this.#bytes.subarray(this.#size);
    this.#size += encoder.encodeInto(this.#text, target).written;
    this.#text = "";
  }
}
