/**
 * Texts → their bytes, in two buffers by turns: what one holds stays until the text
 * after the next.
 *
 * @module
 */

const BYTES = 2 * 1024 * 1024;

export class TextBytes {
  readonly #encoder = new TextEncoder();
  readonly #buffers = [new Uint8Array(BYTES), new Uint8Array(BYTES)];
  #turn = 0;

  /** In UTF-8. */
  of(text: string): Uint8Array {
    const buffer = this.#buffers[this.#turn ^= 1];
    const { read, written } = this.#encoder.encodeInto(text, buffer);
    return read === text.length
      ? buffer.subarray(0, written)
      : this.#encoder.encode(text);
  }
}
