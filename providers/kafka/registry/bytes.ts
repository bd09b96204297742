/**
 * Bytes one value after the other, as Avro and Protobuf both have them: numbers of
 * seven bits a byte, floats with the lowest byte first.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DecodeProblem } from "./problems.ts";

/** Reads one value after the other. */
export class BytesIn {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, length }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** @throws {DecodeProblem} Where there are fewer. */
  take(count: number): Buffer {
    const end = this.#at + count;
    if (count < 0 || end > this.#bytes.length) {
      throw new DecodeProblem("it ends too early");
    }
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** What is left. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }

  /** 64 bits, unsigned. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new DecodeProblem("a number is too long");
  }

  /** A varint whose lowest bit is the sign. */
  zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }
}

/** Appends one value after the other. */
export class BytesOut {
  readonly #parts: Uint8Array[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  byte(value: number): void {
    this.#parts.push(Buffer.of(value));
  }

  /** Not copied. */
  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  /** Negative ones as their 64 bits. */
  varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#parts.push(Buffer.from(bytes));
  }

  /** Small numbers of either sign take few bytes. */
  zigzag(value: bigint): void {
    this.varint((value << 1n) ^ (value >> 63n));
  }

  float(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#parts.push(bytes);
  }

  double(value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    this.#parts.push(bytes);
  }
}
