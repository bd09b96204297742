/**
 * A reusable buffer that text and bytes are appended to.
 *
 * Text is gathered and encoded a few KiB at a time: one call of the encoder per
 * line costs more than the encoding itself.
 *
 * @module
 */

const GATHER_CHARS = 8 * 1024;
const encoder = new TextEncoder();

/** Bytes to be written in one go. */
export class Block {
  readonly #usualBytes: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #used = 0;
  #text = "";

  /** @param usualBytes What it holds without growing. */
  constructor(usualBytes: number) {
    this.#usualBytes = usualBytes;
    this.#buffer = new Uint8Array(usualBytes);
  }

  /** About how many bytes it holds: exact unless text is not ASCII. */
  get size(): number {
    return this.#used + this.#text.length;
  }

  /** Adds a line and its line feed. */
  addLine(text: string): void {
    this.#text += text + "\n";
    if (this.#text.length >= GATHER_CHARS) this.#encode();
  }

  /** Adds a copy of these bytes. */
  addBytes(bytes: Uint8Array): void {
    this.#encode();
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** All of it; valid until {@link clear}. */
  bytes(): Uint8Array {
    this.#encode();
    return this.#buffer.subarray(0, this.#used);
  }

  /** Empties it, and gives back what one long line took. */
  clear(): void {
    this.#used = 0;
    this.#text = "";
    if (this.#buffer.length > this.#usualBytes) {
      this.#buffer = new Uint8Array(this.#usualBytes);
    }
  }

  #encode(): void {
    const text = this.#text;
    if (text === "") return;
    this.#text = "";
    // A UTF-16 unit is at most three bytes.
    if (text.length * 3 > this.#buffer.length - this.#used) {
      return this.addBytes(encoder.encode(text));
    }
    const free = this.#buffer.subarray(this.#used);
    this.#used += encoder.encodeInto(text, free).written;
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}
