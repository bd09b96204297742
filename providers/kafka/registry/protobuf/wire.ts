/**
 * Protobuf's bytes: varints, tags, and what is in between.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { BytesIn, BytesOut } from "../bytes.ts";
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
export class ProtoIn extends BytesIn {
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
export class ProtoOut extends BytesOut {
  tag(id: number, wire: number): void {
    this.varint(BigInt(id * 8 + wire));
  }

  block(bytes: Uint8Array): void {
    this.varint(BigInt(bytes.length));
    this.raw(bytes);
  }
}
