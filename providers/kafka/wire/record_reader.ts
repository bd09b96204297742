/**
 * Batches of a partition, as they lie in the log → their records.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Library } from "../connection/library.ts";
import type { AbortedTransaction } from "./fetch_request.ts";

/** One message; its bytes are part of what came. */
export interface ReadRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1 where there is none. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly ReadHeader[];
}

export type ReadHeader = readonly [name: Buffer, value: Buffer | null];

/** A batch's head; its records are read when they are asked for. */
export interface BatchHead {
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Where its records begin and end. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly attributes: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly producerId: bigint;
}

const HEADER_BYTES = 61;
const BEFORE_LENGTH_BYTES = 12;
const MAGIC_AT = 16;
const MAGIC = 2;
const COMPRESSION = 0b111;
const LOG_APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const NO_HEADERS: readonly ReadHeader[] = [];

/** The heads of all batches that are there whole. */
export function batchHeads(bytes: Buffer): BatchHead[] {
  const heads: BatchHead[] = [];
  for (let at = 0; at + BEFORE_LENGTH_BYTES <= bytes.length;) {
    const end = at + BEFORE_LENGTH_BYTES + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    if (bytes[at + MAGIC_AT] !== MAGIC) {
      throw new Error(
        "these messages are in a format of before Kafka 0.11, which is not read",
      );
    }
    heads.push(readHead(bytes, at, end));
    at = end;
  }
  return heads;
}

function readHead(bytes: Buffer, at: number, to: number): BatchHead {
  const firstOffset = Number(bytes.readBigInt64BE(at));
  return {
    firstOffset,
    lastOffset: firstOffset + bytes.readInt32BE(at + 23),
    from: at + HEADER_BYTES,
    to,
    count: bytes.readInt32BE(at + 57),
    attributes: bytes.readInt16BE(at + 21),
    firstMs: Number(bytes.readBigInt64BE(at + 27)),
    lastMs: Number(bytes.readBigInt64BE(at + 35)),
    producerId: bytes.readBigInt64BE(at + 43),
  };
}

/** Leaves out what belongs to transactions that were given up, and their marks. */
export class Transactions {
  readonly #waiting: AbortedTransaction[];
  readonly #aborted = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /**
   * Whether the records of this batch, the next one, are to be read.
   * @param isAll Also those that were given up; marks never are.
   */
  isRead(
    { attributes, producerId, lastOffset }: BatchHead,
    isAll = false,
  ): boolean {
    while (
      this.#waiting.length > 0 &&
      this.#waiting[0].firstOffset <= lastOffset
    ) {
      this.#aborted.add(this.#waiting.shift()!.producerId);
    }
    if ((attributes & CONTROL) !== 0) {
      // The mark that ends a transaction, in either way.
      this.#aborted.delete(producerId);
      return false;
    }
    return isAll || (attributes & TRANSACTIONAL) === 0 ||
      !this.#aborted.has(producerId);
  }
}

/** The records of a batch, in order. */
export function* readRecords(
  library: typeof Library,
  bytes: Buffer,
  head: BatchHead,
): Generator<ReadRecord> {
  const { attributes, firstOffset, firstMs, lastMs, count } = head;
  const reader = new Fields(unpacked(library, bytes, head));
  const isLogTime = (attributes & LOG_APPEND_TIME) !== 0;
  for (let left = count; left > 0; left--) {
    reader.varint(); // its length
    reader.skip(1); // attributes, none of which is used
    const deltaMs = reader.varint();
    const offset = firstOffset + reader.varint();
    const key = reader.bytes();
    const value = reader.bytes();
    const timestampMs = isLogTime ? lastMs : firstMs + deltaMs;
    yield { offset, timestampMs, key, value, headers: reader.headers() };
  }
}

function unpacked(
  library: typeof Library,
  bytes: Buffer,
  { attributes, from, to }: BatchHead,
): Buffer {
  const packed = bytes.subarray(from, to);
  const code = attributes & COMPRESSION;
  if (code === 0) return packed;
  const algorithm = library.compressionsAlgorithmsByBitmask[code];
  if (algorithm !== undefined) return algorithm.decompressSync(packed);
  throw new Error(`a batch is compressed in a way that isn't known (${code})`);
}

/** Reads the fields of records. */
class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Zigzag; beyond 32 bits by arithmetic. */
  varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++];
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const size = this.varint();
    if (size < 0) return null;
    return this.#bytes.subarray(this.#at, this.#at += size);
  }

  headers(): readonly ReadHeader[] {
    const count = this.varint();
    if (count === 0) return NO_HEADERS;
    const headers: ReadHeader[] = [];
    for (let left = count; left > 0; left--) {
      const name = this.bytes()!;
      headers.push([name, this.bytes()]);
    }
    return headers;
  }
}
