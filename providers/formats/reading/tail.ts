/**
 * The last bytes before a place in a file, and short hashes of bytes.
 *
 * A place is found again by what stands before it: a file that was changed or
 * replaced has something else there. The hashes only have to tell files of one
 * user apart; they keep the content itself out of the stored state.
 *
 * @module
 */

/** How many bytes are remembered. */
export const TAIL_BYTES = 64;

/** Remembers the last {@link TAIL_BYTES} of all that was pushed. */
export class Tail {
  readonly #bytes = new Uint8Array(TAIL_BYTES);
  #length = 0;

  push(bytes: Uint8Array): void {
    if (bytes.length >= TAIL_BYTES) {
      this.#bytes.set(bytes.subarray(bytes.length - TAIL_BYTES));
      this.#length = TAIL_BYTES;
      return;
    }
    const kept = Math.min(this.#length, TAIL_BYTES - bytes.length);
    this.#bytes.copyWithin(0, this.#length - kept, this.#length);
    this.#bytes.set(bytes, kept);
    this.#length = kept + bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/**
 * 64 bits of FNV-1a's kind: two of 32 bits with different starts.
 *
 * @returns 16 hexadecimal digits.
 */
export function hash(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
