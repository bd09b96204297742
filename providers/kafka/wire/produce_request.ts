/**
 * Batches of records → a request, and what the broker answers for each.
 *
 * Source: https://kafka.apache.org/protocol#The_Messages_Produce, version 8 (of old
 * brokers and Event Hubs 7 and lower).
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Connection, Library, Reader } from "../connection/library.ts";
import { ByteWriter } from "./byte_writer.ts";

const PRODUCE = 0;
const ALL_REPLICAS = -1;
/** From here on an answer names the records that are wrong. */
const DETAILED_VERSION = 8;
const START_OFFSET_VERSION = 5;

/** One batch and where it belongs. */
export interface Sending {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

/** What became of it. */
export interface Sent {
  readonly topic: string;
  readonly partition: number;
  /** 0: all replicas that are in sync have it. */
  readonly errorCode: number;
  readonly offset: bigint;
  readonly message: string | null;
}

/** Sends batches of different partitions to the broker that leads them. */
export function produce(
  library: typeof Library,
  connection: Connection,
  sendings: readonly Sending[],
  { version, timeoutMs, transactionalId }: {
    readonly version: number;
    readonly timeoutMs: number;
    readonly transactionalId: string | null;
  },
): Promise<Sent[]> {
  const used = Math.min(version, DETAILED_VERSION);
  const payload = () =>
    library.Writer.create().append(
      body(sendings, timeoutMs, transactionalId),
    );
  return new Promise((resolve, reject) =>
    connection.send<Sent[]>(
      PRODUCE,
      used,
      payload,
      (_correlation, _key, _version, reader) => readAnswer(reader, used),
      false,
      false,
      (error, sent) => error ? reject(error) : resolve(sent!),
    )
  );
}

function body(
  sendings: readonly Sending[],
  timeoutMs: number,
  transactionalId: string | null,
): Buffer {
  const writer = new ByteWriter();
  writer.string(transactionalId).int16(ALL_REPLICAS).int32(timeoutMs);
  const byTopic = Map.groupBy(sendings, ({ topic }) => topic);
  writer.int32(byTopic.size);
  for (const [topic, parts] of byTopic) {
    writer.string(topic).int32(parts.length);
    for (const { partition, bytes } of parts) {
      writer.int32(partition).bytes32(bytes);
    }
  }
  return writer.bytes;
}

function readAnswer(reader: Reader, version: number): Sent[] {
  const sent: Sent[] = [];
  for (let topics = reader.readInt32(); topics > 0; topics--) {
    const topic = reader.readString(false);
    for (let parts = reader.readInt32(); parts > 0; parts--) {
      sent.push(readPart(reader, topic, version));
    }
  }
  return sent;
}

function readPart(reader: Reader, topic: string, version: number): Sent {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  const offset = reader.readInt64();
  reader.readInt64(); // when it was appended
  if (version >= START_OFFSET_VERSION) reader.readInt64();
  let message: string | null = null;
  if (version >= DETAILED_VERSION) {
    for (let errors = reader.readInt32(); errors > 0; errors--) {
      reader.readInt32();
      message ??= reader.readNullableString(false);
    }
    message = reader.readNullableString(false) ?? message;
  }
  return { topic, partition, errorCode, offset, message };
}
