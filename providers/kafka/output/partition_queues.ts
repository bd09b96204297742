/**
 * Messages → batches, in order, for each partition.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Library } from "../connection/library.ts";
import { partitionOf } from "../wire/murmur2.ts";
import {
  BatchBuilder,
  type Compression,
  mostBytes,
  type SealedBatch,
} from "../wire/record_batch.ts";
import type { Outgoing } from "./message_maker.ts";
import type { WritableTopic } from "./topic_book.ts";

/** Messages without a key go to one partition as long as this, then to the next. */
const KEYLESS_RUN_BYTES = 16 * 1024;

/** A batch and what it was made of, to be taken apart again if need be. */
export interface Chunk {
  readonly sealed: SealedBatch;
  readonly messages: readonly Outgoing[];
}

/** What goes to one partition, the first first. */
export interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly chunks: Chunk[];
}

/** How batches are cut. */
export interface CutOptions {
  readonly library: typeof Library;
  readonly compression: Compression;
  readonly batchBytes: number;
  /** A message that no batch of its topic holds. */
  tooLarge(message: Outgoing, sizeBytes: number, limitBytes: number): void;
}

/** Chooses partitions as Java's client does. */
export class Partitioner {
  readonly #runs = new Map<string, { partition: number; bytes: number }>();

  partitionOf(message: Outgoing, { name, partitions }: WritableTopic): number {
    const { key } = message;
    if (key === null) {
      return this.#keyless(name, partitions, mostBytes(message));
    }
    const bytes = typeof key === "string" ? Buffer.from(key) : key;
    return partitionOf(bytes, partitions);
  }

  #keyless(topic: string, partitions: number, bytes: number): number {
    let run = this.#runs.get(topic);
    if (run === undefined) {
      run = { partition: Math.floor(Math.random() * partitions), bytes: 0 };
      this.#runs.set(topic, run);
    }
    if (run.bytes >= KEYLESS_RUN_BYTES) {
      run.partition++;
      run.bytes = 0;
    }
    run.bytes += bytes;
    return run.partition %= partitions;
  }
}

/** Makes batches that a topic takes; compressing may make them fit. */
export function cut(
  messages: readonly Outgoing[],
  { limitBytes }: WritableTopic,
  options: CutOptions,
): Chunk[] {
  const mostBatchBytes = Math.min(options.batchBytes, limitBytes);
  const chunks: Chunk[] = [];
  let builder = new BatchBuilder();
  let first = 0;
  const close = (end: number) => {
    if (builder.count === 0) return;
    const sealed = builder.seal(options.library, options.compression);
    const inside = messages.slice(first, end);
    chunks.push(...fitting({ sealed, messages: inside }, limitBytes, options));
    builder = new BatchBuilder();
    first = end;
  };
  messages.forEach((message, at) => {
    const isFull = builder.size + mostBytes(message) > mostBatchBytes;
    if (isFull) close(at);
    builder.append(message);
  });
  close(messages.length);
  return chunks;
}

/** Halves what is refused as too large; a message alone is given up. */
export function halves(
  { messages }: Chunk,
  options: CutOptions,
): Chunk[] {
  const middle = Math.ceil(messages.length / 2);
  return [messages.slice(0, middle), messages.slice(middle)]
    .filter((half) => half.length > 0)
    .map((half) => chunkOf(half, options));
}

function chunkOf(messages: readonly Outgoing[], options: CutOptions): Chunk {
  const builder = new BatchBuilder();
  for (const message of messages) builder.append(message);
  return {
    sealed: builder.seal(options.library, options.compression),
    messages,
  };
}

function fitting(
  chunk: Chunk,
  limitBytes: number,
  options: CutOptions,
): Chunk[] {
  const { sealed: { bytes }, messages } = chunk;
  if (bytes.length <= limitBytes) return [chunk];
  if (messages.length === 1) {
    options.tooLarge(messages[0], bytes.length, limitBytes);
    return [];
  }
  return halves(chunk, options)
    .flatMap((half) => fitting(half, limitBytes, options));
}
