/**
 * Protobuf's bytes: varints, tags, and what is in between.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DecodeProblem } from "../problems.ts";

/** How a field's value is laid out. */
export const WIRE = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

/** Reads one value after the other. */
export class ProtoIn {
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

  /** Bytes behind their length. */
  block(): Buffer {
    return this.take(Number(this.varint()));
  }

  /** A field's number and layout. */
  tag(): { readonly id: number; readonly wire: number } {
    const tag = Number(this.varint());
    if (tag < 8) throw new DecodeProblem("a field has the number 0");
    return { id: Math.floor(tag / 8), wire: tag & 7 };
  }

  /** Passes over a value of a field that isn't known. */
  skip(id: number, wire: number, depth = 0): void {
    switch (wire) {
      case WIRE.varint:
        this.varint();
        return;
      case WIRE.fixed64:
        this.take(8);
        return;
      case WIRE.bytes:
        this.block();
        return;
      case WIRE.fixed32:
        this.take(4);
        return;
      case WIRE.startGroup:
        return this.#skipGroup(id, depth);
      default:
        throw new DecodeProblem(`a field has the unknown layout ${wire}`);
    }
  }

  #skipGroup(group: number, depth: number): void {
    if (depth > 100) throw new DecodeProblem("it is nested too deeply");
    for (;;) {
      const { id, wire } = this.tag();
      if (wire === WIRE.endGroup && id === group) return;
      this.skip(id, wire, depth + 1);
    }
  }
}

/** Appends one value after the other. */
export class ProtoOut {
  readonly #parts: Uint8Array[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  tag(id: number, wire: number): void {
    this.varint(BigInt(id * 8 + wire));
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

  block(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length));
    this.#parts.push(bytes);
  }
}
