/**
 * Records → a batch of one partition, as it lies in the log.
 *
 * Source: https://kafka.apache.org/documentation/#recordbatch
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Library } from "../connection/library.ts";
import { ByteWriter, varintBytes } from "./byte_writer.ts";

/** One message. */
export interface KafkaRecord {
  readonly key: string | Uint8Array | null;
  /** None: a tombstone. */
  readonly value: string | Uint8Array | null;
  readonly headers: readonly Header[];
  /** Milliseconds since 1970. */
  readonly timestampMs: number;
}

/** A name may be there more than once. */
export type Header = readonly [name: string, value: string | Uint8Array | null];

/** What the brokers know a producer by. */
export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

export const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Compression = typeof COMPRESSIONS[number];

/** A batch that is whole but for who sends it. */
export interface SealedBatch {
  readonly bytes: Buffer;
  readonly count: number;
}

const HEADER_BYTES = 61;
const LENGTH_AT = 8;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const PRODUCER_AT = 43;
const MAGIC = 2;
const TRANSACTIONAL = 1 << 4;
/** Length and epoch, which the length doesn't count. */
const BEFORE_LENGTH_BYTES = 12;
/** What surrounds key, value and headers at most. */
const MOST_RECORD_OVERHEAD = 36;

/** Takes records until there are enough. */
export class BatchBuilder {
  readonly #writer = new ByteWriter(HEADER_BYTES);
  #count = 0;
  #firstMs = 0;
  #lastMs = 0;

  get count(): number {
    return this.#count;
  }

  /** In bytes, not compressed. */
  get size(): number {
    return this.#writer.length;
  }

  append(record: KafkaRecord): void {
    const { key, value, headers, timestampMs } = record;
    if (this.#count === 0) this.#firstMs = this.#lastMs = timestampMs;
    if (timestampMs > this.#lastMs) this.#lastMs = timestampMs;
    const deltaMs = timestampMs - this.#firstMs;
    const writer = this.#writer;
    writer.varint(recordBytes(record, deltaMs, this.#count));
    writer.int8(0).varint(deltaMs).varint(this.#count++);
    writer.varBytes(key).varBytes(value).varint(headers.length);
    for (const [name, text] of headers) writer.varBytes(name).varBytes(text);
  }

  /** Compresses and writes the header. */
  seal(library: typeof Library, compression: Compression): SealedBatch {
    const bytes = this.#compressed(library, compression);
    bytes.writeBigInt64BE(0n, 0);
    bytes.writeInt32BE(bytes.length - BEFORE_LENGTH_BYTES, LENGTH_AT);
    bytes.writeInt32BE(-1, LENGTH_AT + 4);
    bytes.writeInt8(MAGIC, CRC_AT - 1);
    bytes.writeInt16BE(COMPRESSIONS.indexOf(compression), ATTRIBUTES_AT);
    bytes.writeInt32BE(this.#count - 1, ATTRIBUTES_AT + 2);
    bytes.writeBigInt64BE(BigInt(this.#firstMs), ATTRIBUTES_AT + 6);
    bytes.writeBigInt64BE(BigInt(this.#lastMs), ATTRIBUTES_AT + 14);
    bytes.writeInt32BE(this.#count, HEADER_BYTES - 4);
    return { bytes, count: this.#count };
  }

  #compressed(library: typeof Library, compression: Compression): Buffer {
    const { bytes } = this.#writer;
    if (compression === "none") return bytes;
    const body = library.compressionsAlgorithms[compression]
      .compressSync(bytes.subarray(HEADER_BYTES));
    const whole = Buffer.allocUnsafe(HEADER_BYTES + body.length);
    whole.set(body, HEADER_BYTES);
    return whole;
  }
}

/** Says who sends it, and as the how manieth; the checksum comes last. */
export function stamp(
  library: typeof Library,
  { bytes }: SealedBatch,
  { id, epoch }: ProducerIdentity,
  sequence: number,
  isTransactional: boolean,
): void {
  if (isTransactional) {
    const attributes = bytes.readInt16BE(ATTRIBUTES_AT);
    bytes.writeInt16BE(attributes | TRANSACTIONAL, ATTRIBUTES_AT);
  }
  bytes.writeBigInt64BE(id, PRODUCER_AT);
  bytes.writeInt16BE(epoch, PRODUCER_AT + 8);
  bytes.writeInt32BE(sequence, PRODUCER_AT + 10);
  const crc = library.crc32c(bytes.subarray(ATTRIBUTES_AT));
  bytes.writeUInt32BE(crc >>> 0, CRC_AT);
}

/** At most so many bytes of a batch. */
export function mostBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = MOST_RECORD_OVERHEAD + sizeOf(key) + sizeOf(value);
  for (const [name, text] of headers) {
    bytes += 10 + sizeOf(name) + sizeOf(text);
  }
  return bytes;
}

function recordBytes(
  { key, value, headers }: KafkaRecord,
  deltaMs: number,
  deltaOffset: number,
): number {
  let bytes = 1 + varintBytes(deltaMs) + varintBytes(deltaOffset) +
    varSize(key) + varSize(value) + varintBytes(headers.length);
  for (const [name, text] of headers) bytes += varSize(name) + varSize(text);
  return bytes;
}

function varSize(value: string | Uint8Array | null): number {
  if (value === null) return 1;
  const bytes = sizeOf(value);
  return varintBytes(bytes) + bytes;
}

function sizeOf(value: string | Uint8Array | null): number {
  if (value === null) return 0;
  return typeof value === "string" ? Buffer.byteLength(value) : value.length;
}
