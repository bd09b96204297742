/**
 * Sends envelopes to topics; acknowledged when all replicas in sync have them.
 *
 * Making messages is message_maker.ts, cutting batches partition_queues.ts, sending
 * producer.ts.
 *
 * @module
 */

import type {
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import { within, withRetries } from "@dstream/sdk/service";
import { Cluster } from "../connection/cluster.ts";
import { isUnreachable, retryOf } from "../connection/retry.ts";
import { RegistryUnreachable } from "../registry/requests.ts";
import type { KafkaOutputConfig } from "./config.ts";
import {
  MessageMaker,
  MessageProblem,
  type Outgoing,
} from "./message_maker.ts";
import {
  type Chunk,
  cut,
  type CutOptions,
  halves,
  Partitioner,
  type PartitionQueue,
} from "./partition_queues.ts";
import { Producer, type SendContext } from "./producer.ts";
import { SourceOffsets } from "./source_offsets.ts";
import { TopicBook } from "./topic_book.ts";
import { Transactions } from "./transactions.ts";

const CLOSE_MS = 2000;
const NOTHING: ReadonlySet<number> = new Set();

/** What is to be sent, how, and what can't be. */
interface Prepared {
  readonly queues: PartitionQueue[];
  readonly sending: SendContext;
  readonly rejections: Rejections;
}

export class KafkaOutput implements Output {
  readonly #config: KafkaOutputConfig;
  readonly #cluster: Cluster;
  readonly #maker: MessageMaker;
  readonly #book: TopicBook;
  readonly #partitioner = new Partitioner();
  readonly #producer: Producer;
  readonly #transactions: Transactions | undefined;
  #offsets: SourceOffsets | undefined;

  private constructor(
    config: KafkaOutputConfig,
    cluster: Cluster,
    { log, monotonicMs, taskName }: OpenContext,
  ) {
    this.#config = config;
    this.#cluster = cluster;
    this.#maker = new MessageMaker(config);
    this.#book = new TopicBook(cluster, config, log, monotonicMs);
    const transactionalId = transactionalIdOf(config, taskName);
    this.#producer = new Producer(cluster, { ...config, transactionalId });
    if (transactionalId === undefined) return;
    this.#transactions = new Transactions(cluster, this.#producer, {
      ...config,
      transactionalId,
    });
  }

  /** @throws {FinalError} For a login, a right or a topic that is wrong. */
  static async open(
    config: KafkaOutputConfig,
    context: OpenContext,
  ): Promise<KafkaOutput> {
    const retry = retryOf(context);
    const cluster = await withRetries(
      () => Cluster.open(config, context.log),
      { ...retry, isTransient: isUnreachable },
    );
    const output = new KafkaOutput(config, cluster, context);
    try {
      const writer = output.#transactions ?? output.#producer;
      await withRetries(() => writer.begin(), retry);
      const { fixed } = output.#maker.names;
      if (fixed !== undefined) {
        await withRetries(() => output.#book.find(fixed), retry);
      }
      return output;
    } catch (error) {
      await output.close();
      throw error;
    }
  }

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    await this.#prepareSchemas(batch, context);
    if (this.#transactions === undefined) {
      const { queues, sending } = await this.#prepare(batch, context);
      await this.#producer.send(queues, sending);
    } else await this.#transact(this.#transactions, batch, context);
  }

  /** All is acknowledged by then. */
  async close(): Promise<void> {
    await within(CLOSE_MS, this.#transactions?.close() ?? Promise.resolve());
    await within(CLOSE_MS, this.#cluster[Symbol.asyncDispose]());
  }

  /** Once more without what others have taken over. */
  async #transact(
    transactions: Transactions,
    batch: OutputBatch,
    context: OutputContext,
  ): Promise<void> {
    const retry = retryOf(context, this.#config.retryTimeout);
    const offsets = this.#offsets ??= new SourceOffsets(
      this.#cluster.id,
      ({ group }, names) =>
        withRetries(() => transactions.group(group).committed(names), retry),
    );
    for (;;) {
      const { leftOut, commit } = await offsets.select(batch);
      const { queues, sending, rejections } = await this.#prepare(
        batch,
        context,
        leftOut,
      );
      const places = () => commit((index) => rejections.has(index));
      if (await transactions.run(queues, places, sending)) {
        const committed = places();
        if (committed !== undefined) offsets.done(committed);
        return;
      }
      context.log.warn(
        "others have got the partitions that were read: what is on its way is " +
          "left out here and read again",
      );
      offsets.passed();
    }
  }

  /** What is to be sent, and how. */
  async #prepare(
    batch: OutputBatch,
    context: OutputContext,
    leftOut: ReadonlySet<number> = NOTHING,
  ): Promise<Prepared> {
    const nowMs = Math.floor(context.now());
    const rejections = new Rejections(batch);
    const messages = this.#makeMessages(batch, nowMs, leftOut, rejections);
    const options = this.#cutOptions(rejections);
    const queues = await this.#queuesOf(messages, rejections, context, options);
    const sending = {
      signal: context.signal,
      log: context.log,
      sleep: context.sleep,
      monotonicMs: context.monotonicMs,
      split: (chunk: Chunk) => halves(chunk, options),
      refused: (chunk: Chunk, reason: string, code: string) =>
        rejections.add(chunk.messages[0].index, reason, code),
    };
    return { queues, sending, rejections };
  }

  /** Registers what the rows are written with; the registry is waited for. */
  async #prepareSchemas(
    batch: OutputBatch,
    context: OutputContext,
  ): Promise<void> {
    const { schemas } = this.#maker;
    if (schemas === undefined) return;
    const retry = retryOf(context, this.#config.retryTimeout);
    for (let index = 0; index < batch.count; index++) {
      const schema = batch.schemaOf(index);
      const topic = this.#maker.topicOf(batch, index);
      if (schema === undefined || topic === undefined) continue;
      if (schemas.isReady(topic, schema)) continue;
      await withRetries(() => schemas.prepare(topic, schema), {
        ...retry,
        isTransient: (error) => error instanceof RegistryUnreachable,
      });
    }
  }

  /** In order, by topic. */
  #makeMessages(
    batch: OutputBatch,
    nowMs: number,
    leftOut: ReadonlySet<number>,
    rejections: Rejections,
  ): Map<string, Outgoing[]> {
    const byTopic = new Map<string, Outgoing[]>();
    for (let index = 0; index < batch.count; index++) {
      if (leftOut.has(index)) continue;
      try {
        for (const message of this.#maker.make(batch, index, nowMs)) {
          const there = byTopic.get(message.topic);
          if (there === undefined) byTopic.set(message.topic, [message]);
          else there.push(message);
        }
      } catch (error) {
        if (!(error instanceof MessageProblem)) throw error;
        rejections.add(index, error.message, error.code);
      }
    }
    return byTopic;
  }

  async #queuesOf(
    byTopic: ReadonlyMap<string, readonly Outgoing[]>,
    rejections: Rejections,
    context: OutputContext,
    options: CutOptions,
  ): Promise<PartitionQueue[]> {
    const queues: PartitionQueue[] = [];
    const retry = retryOf(context, this.#config.retryTimeout);
    for (const [name, messages] of byTopic) {
      const topic = await withRetries(() => this.#book.find(name), retry);
      const byPartition: Outgoing[][] = [];
      for (const message of messages) {
        if (topic.isCompacted && message.key === null) {
          rejectKeyless(rejections, message);
          continue;
        }
        const partition = this.#partitioner.partitionOf(message, topic);
        (byPartition[partition] ??= []).push(message);
      }
      byPartition.forEach((part, partition) => {
        const chunks = cut(part, topic, options);
        queues.push({ topic: name, partition, chunks });
      });
    }
    return queues;
  }

  #cutOptions(rejections: Rejections): CutOptions {
    const { compression, batchBytes } = this.#config;
    const { library } = this.#cluster;
    return {
      library,
      compression,
      batchBytes,
      tooLarge: ({ index, topic }, sizeBytes, limitBytes) =>
        rejections.add(
          index,
          `the message has ${sizeBytes} bytes with what surrounds it, and the ` +
            `topic ${JSON.stringify(topic)} takes ${limitBytes} ` +
            "(max.message.bytes)",
          "too_large",
        ),
    };
  }
}

function rejectKeyless(
  rejections: Rejections,
  { index, topic }: Outgoing,
): void {
  rejections.add(
    index,
    `the topic ${JSON.stringify(topic)} is compacted and takes no message ` +
      "without a key",
    "no_key",
  );
}

/** What of a batch is told to be undeliverable. */
class Rejections {
  readonly #batch: OutputBatch;
  readonly #places = new Set<number>();

  constructor(batch: OutputBatch) {
    this.#batch = batch;
  }

  add(index: number, reason: string, code: string): void {
    this.#places.add(index);
    this.#batch.reject(index, reason, code);
  }

  has(index: number): boolean {
    return this.#places.has(index);
  }
}

/** Of the task unless it is configured; by hand there is none. */
function transactionalIdOf(
  { transactions, transactionalId }: KafkaOutputConfig,
  taskName = "by-hand",
): string | undefined {
  return transactions ? transactionalId ?? `dstream-${taskName}` : undefined;
}
