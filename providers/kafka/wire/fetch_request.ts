/**
 * What to read of which partitions → a request, and what the broker has of each.
 *
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch, versions 4 to 11.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Connection, Library } from "../connection/library.ts";
import { ByteWriter } from "./byte_writer.ts";

const FETCH = 1;
const NEWEST_VERSION = 11;
const NO_SESSION_EPOCH = -1;

/** From where a partition is read. */
export interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** How much, and how long it may wait for it. */
export interface FetchOptions {
  /** The newest the brokers know. */
  readonly version: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Of one partition; a larger batch comes whole. */
  readonly partitionBytes: number;
  /** Whether messages of open and aborted transactions are left out. */
  readonly isCommittedOnly: boolean;
}

/** A transaction that was given up. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What came of one partition. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** Up to where there are messages (that may be read). */
  readonly endOffset: number;
  /** -1 where the broker doesn't say. */
  readonly startOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Whole batches, and the beginning of another. */
  readonly records: Buffer;
}

/** Reads from one broker. */
export function fetch(
  library: typeof Library,
  connection: Connection,
  wanted: readonly Wanted[],
  options: FetchOptions,
): Promise<Fetched[]> {
  const version = Math.min(options.version, NEWEST_VERSION);
  const payload = () =>
    library.Writer.create().append(body(wanted, options, version));
  return new Promise((resolve, reject) =>
    connection.send<Fetched[]>(
      FETCH,
      version,
      payload,
      (_correlation, _key, _version, reader) =>
        new Answer(reader.buffer.buffer, version).read(),
      false,
      false,
      (error, fetched) => error ? reject(error) : resolve(fetched!),
    )
  );
}

function body(
  wanted: readonly Wanted[],
  { maxWaitMs, maxBytes, partitionBytes, isCommittedOnly }: FetchOptions,
  version: number,
): Buffer {
  const writer = new ByteWriter();
  writer.int32(-1).int32(maxWaitMs).int32(1).int32(maxBytes)
    .int8(isCommittedOnly ? 1 : 0);
  if (version >= 7) writer.int32(0).int32(NO_SESSION_EPOCH);
  const byTopic = Map.groupBy(wanted, ({ topic }) => topic);
  writer.int32(byTopic.size);
  for (const [topic, parts] of byTopic) {
    writer.string(topic).int32(parts.length);
    for (const { partition, offset } of parts) {
      writer.int32(partition);
      if (version >= 9) writer.int32(-1);
      writer.int64(offset);
      if (version >= 5) writer.int64(-1);
      writer.int32(partitionBytes);
    }
  }
  if (version >= 7) writer.int32(0);
  if (version >= 11) writer.string("");
  return writer.bytes;
}

/** Reads the answer without copying what the partitions have. */
class Answer {
  readonly #bytes: Buffer;
  readonly #version: number;
  #at = 0;

  constructor(bytes: Uint8Array, version: number) {
    const { buffer, byteOffset, length } = bytes;
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#version = version;
  }

  read(): Fetched[] {
    this.#int32(); // throttled for so long
    if (this.#version >= 7) {
      const errorCode = this.#int16();
      this.#int32();
      if (errorCode !== 0) throw new Error(`Connection: error ${errorCode}`);
    }
    const fetched: Fetched[] = [];
    for (let topics = this.#int32(); topics > 0; topics--) {
      const topic = this.#text();
      for (let parts = this.#int32(); parts > 0; parts--) {
        fetched.push(this.#part(topic));
      }
    }
    return fetched;
  }

  #part(topic: string): Fetched {
    const partition = this.#int32();
    const errorCode = this.#int16();
    const highWatermark = this.#int64();
    const lastStable = this.#int64();
    const startOffset = this.#version >= 5 ? this.#int64() : -1;
    const aborted: AbortedTransaction[] = [];
    for (let count = this.#int32(); count > 0; count--) {
      const producerId = this.#bigint64();
      aborted.push({ producerId, firstOffset: this.#int64() });
    }
    if (this.#version >= 11) this.#int32();
    const size = Math.max(0, this.#int32());
    const records = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return {
      topic,
      partition,
      errorCode,
      endOffset: lastStable >= 0 ? lastStable : highWatermark,
      startOffset,
      aborted,
      records,
    };
  }

  #text(): string {
    const size = this.#int16();
    return this.#bytes.toString("utf8", this.#at, this.#at += size);
  }

  #int16(): number {
    return this.#bytes.readInt16BE((this.#at += 2) - 2);
  }

  #int32(): number {
    return this.#bytes.readInt32BE((this.#at += 4) - 4);
  }

  #bigint64(): bigint {
    return this.#bytes.readBigInt64BE((this.#at += 8) - 8);
  }

  /** Offsets are far from 2^53. */
  #int64(): number {
    return Number(this.#bigint64());
  }
}
