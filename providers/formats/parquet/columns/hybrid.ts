/**
 * Small numbers the way Parquet has levels and places in a dictionary: runs of the
 * same number, and groups of eight that are packed bit by bit.
 *
 * @module
 */

import type { ByteWriter } from "hyparquet-writer";

/** A shorter run is packed with its neighbours. */
const WORTHWHILE_RUN = 8;

/** @param bits Of the largest number; at most 24. */
export function writeHybrid(
  writer: ByteWriter,
  values: Uint8Array | Int32Array,
  bits: number,
): void {
  const { length } = values;
  let packedFrom = 0;
  for (let at = 0; at < length;) {
    const value = values[at];
    let to = at + 1;
    while (to < length && values[to] === value) to++;
    if (to - at < WORTHWHILE_RUN) {
      at += 8; // the next group begins there
      continue;
    }
    writePacked(writer, values, packedFrom, at, bits);
    writeRun(writer, value, to - at, bits);
    packedFrom = at = to;
  }
  writePacked(writer, values, packedFrom, length, bits);
}

function writeRun(
  writer: ByteWriter,
  value: number,
  count: number,
  bits: number,
): void {
  writer.appendVarInt(count << 1);
  for (let shift = 0; shift < bits; shift += 8) {
    writer.appendUint8((value >> shift) & 0xff);
  }
}

/** Whole groups, unless the values end. */
function writePacked(
  writer: ByteWriter,
  values: Uint8Array | Int32Array,
  from: number,
  to: number,
  bits: number,
): void {
  const end = Math.min(to, values.length);
  if (from >= end) return;
  const groups = Math.ceil((end - from) / 8);
  writer.appendVarInt((groups << 1) | 1);
  if (bits === 0) return;
  const packed = new Uint8Array(groups * bits);
  let [held, heldBits, at] = [0, 0, 0];
  for (let index = from; index < end; index++) {
    held |= values[index] << heldBits;
    heldBits += bits;
    for (; heldBits >= 8; heldBits -= 8, held >>>= 8) packed[at++] = held;
  }
  if (heldBits > 0) packed[at] = held;
  writer.appendBytes(packed);
}

/** How many bits the numbers below `count` have. */
export function bitsOf(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}
