/**
 * A growing buffer of JSON text, written without a string in between.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = new TextEncoder().encode("0123456789abcdef");

/** From here on copying as a block is faster than byte by byte. */
const BLOCK_BYTES = 24;

/** 0: as it is; 1: `\u00XX`; else the letter behind the backslash. */
const ESCAPES = new Uint8Array(256).fill(1, 0, 0x20);
ESCAPES[QUOTE] = QUOTE;
ESCAPES[BACKSLASH] = BACKSLASH;
ESCAPES[0x08] = 0x62;
ESCAPES[0x09] = 0x74;
ESCAPES[0x0a] = 0x6e;
ESCAPES[0x0c] = 0x66;
ESCAPES[0x0d] = 0x72;

/** Bytes that are written one after the other; `bytes` is replaced as it grows. */
export class JsonBytes {
  bytes: Uint8Array;
  length = 0;

  /** @param start A buffer to begin with, or how large one is to be. */
  constructor(start: Uint8Array | number) {
    this.bytes = typeof start === "number" ? new Uint8Array(start) : start;
  }

  /** Makes room for so many more. */
  reserve(moreBytes: number): void {
    const needed = this.length + moreBytes;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** One byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Few bytes as they are, all of them. */
  bytesOf(source: Uint8Array): void {
    const { length } = source;
    this.reserve(length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < length; i++) bytes[at++] = source[i];
    this.length = at;
  }

  /** Bytes as they are. */
  raw(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    if (start === 0 && end === source.length && end >= BLOCK_BYTES) {
      bytes.set(source, at);
      at += end;
    } else for (let i = start; i < end; i++) bytes[at++] = source[i];
    this.length = at;
  }

  /** Text that needs no escaping, in quotes. */
  quoted(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = start; i < end; i++) bytes[at++] = source[i];
    bytes[at++] = QUOTE;
    this.length = at;
  }

  /** UTF-8 text as a JSON string. */
  text(source: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 6 + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = start; i < end; i++) {
      const value = source[i];
      // Nearly all: no control character, no quote, no backslash.
      if (value >= 0x20 && value !== QUOTE && value !== BACKSLASH) {
        bytes[at++] = value;
      } else at = writeEscaped(bytes, at, value, ESCAPES[value]);
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }
}

function writeEscaped(
  bytes: Uint8Array,
  at: number,
  value: number,
  escape: number,
): number {
  bytes[at++] = BACKSLASH;
  if (escape !== 1) {
    bytes[at++] = escape;
    return at;
  }
  bytes[at++] = 0x75; // u00
  bytes[at++] = 0x30;
  bytes[at++] = 0x30;
  bytes[at++] = HEX[value >> 4];
  bytes[at++] = HEX[value & 15];
  return at;
}
