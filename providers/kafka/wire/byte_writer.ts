/**
 * Bytes one after the other, in a buffer that grows, as Kafka's protocol has them:
 * big-endian numbers, and variable-length ones that alternate in sign.
 *
 * Source: https://kafka.apache.org/protocol#protocol_types
 *
 * @module
 */

import { Buffer } from "node:buffer";

const FIRST_BYTES = 4096;
const MAX_VARINT_BYTES = 10;
const TWO_TO_32 = 0x1_0000_0000;
/** What shifts by 32 bits can't hold any more. */
const MOST_SHIFTED = 0x3fff_ffff;

/** Appends. */
export class ByteWriter {
  #buffer: Buffer;
  #length: number;

  /** @param reserved So many bytes are left free at the start, for a header. */
  constructor(reserved = 0) {
    this.#buffer = Buffer.allocUnsafe(FIRST_BYTES + reserved);
    this.#length = reserved;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written; not copied, so nothing may be appended after. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  int8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  int16(value: number): this {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
    return this;
  }

  int32(value: number): this {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
    return this;
  }

  int64(value: bigint | number): this {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length);
    return this;
  }

  /** Small numbers of either sign take few bytes (zigzag). */
  varint(value: number): this {
    this.#reserve(MAX_VARINT_BYTES);
    if (value >= -MOST_SHIFTED && value <= MOST_SHIFTED) {
      this.#small((value << 1) ^ (value >> 31));
    } else this.#large(value >= 0 ? value * 2 : -value * 2 - 1);
    return this;
  }

  /** An int16 length, then the text; -1 for none. */
  string(text: string | null): this {
    if (text === null) return this.int16(-1);
    return this.int16(Buffer.byteLength(text)).#text(text);
  }

  /** An int32 length, then the bytes; -1 for none. */
  bytes32(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int32(-1);
    return this.int32(bytes.length).raw(bytes);
  }

  /** A variable-length length, then text or bytes; -1 for none. */
  varBytes(value: string | Uint8Array | null): this {
    if (value === null) return this.varint(-1);
    if (typeof value !== "string") return this.varint(value.length).raw(value);
    return this.varint(Buffer.byteLength(value)).#text(value);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Back to so many bytes: what was written last is not wanted. */
  truncate(length: number): void {
    this.#length = length;
  }

  #text(text: string): this {
    // A UTF-16 unit is at most three bytes.
    this.#reserve(text.length * 3);
    this.#length += this.#buffer.write(text, this.#length, "utf8");
    return this;
  }

  #small(bits: number): void {
    let rest = bits >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#length++] = rest;
  }

  #large(zigzag: number): void {
    let rest = zigzag;
    while (rest >= TWO_TO_32) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#small(rest);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(
      Math.max(needed, this.#buffer.length * 2),
    );
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** How many bytes {@link ByteWriter.varint} takes. */
export function varintBytes(value: number): number {
  let zigzag = value >= 0 ? value * 2 : -value * 2 - 1;
  let bytes = 1;
  while (zigzag > 0x7f) {
    zigzag = Math.floor(zigzag / 0x80);
    bytes++;
  }
  return bytes;
}
