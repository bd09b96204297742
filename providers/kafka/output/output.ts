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
import { type RetryDeps, within, withRetries } from "@dstream/sdk/service";
import { Cluster } from "../connection/cluster.ts";
import { isTransient, reasonOf } from "../connection/failure.ts";
import { RegistryUnreachable } from "../registry/requests.ts";
import type { KafkaOutputConfig } from "./config.ts";
import {
  MessageMaker,
  MessageProblem,
  type Outgoing,
} from "./message_maker.ts";
import {
  cut,
  type CutOptions,
  halves,
  Partitioner,
  type PartitionQueue,
} from "./partition_queues.ts";
import { Producer } from "./producer.ts";
import { TopicBook } from "./topic_book.ts";

/** Less than the CLI waits for `ready`. */
const OPEN_TIMEOUT_MS = 20_000;
const CLOSE_MS = 2000;

export class KafkaOutput implements Output {
  readonly #config: KafkaOutputConfig;
  readonly #cluster: Cluster;
  readonly #maker: MessageMaker;
  readonly #book: TopicBook;
  readonly #partitioner = new Partitioner();
  readonly #producer: Producer;

  private constructor(
    config: KafkaOutputConfig,
    cluster: Cluster,
    { log, monotonicMs }: OpenContext,
  ) {
    this.#config = config;
    this.#cluster = cluster;
    this.#maker = new MessageMaker(config);
    this.#book = new TopicBook(cluster, config, log, monotonicMs);
    this.#producer = new Producer(cluster, config);
  }

  /** @throws {FinalError} For a login, a right or a topic that is wrong. */
  static async open(
    config: KafkaOutputConfig,
    context: OpenContext,
  ): Promise<KafkaOutput> {
    const retry = retryOf(context, OPEN_TIMEOUT_MS);
    const cluster = await withRetries(
      () => Cluster.open(config, context.log),
      { ...retry, isTransient: isUnreachable },
    );
    const output = new KafkaOutput(config, cluster, context);
    try {
      await withRetries(() => output.#producer.begin(), retry);
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
    const messages = this.#makeMessages(batch, Math.floor(context.now()));
    const options = this.#cutOptions(batch);
    const queues = await this.#queuesOf(messages, batch, context, options);
    await this.#producer.send(queues, {
      signal: context.signal,
      log: context.log,
      sleep: context.sleep,
      monotonicMs: context.monotonicMs,
      split: (chunk) => halves(chunk, options),
      refused: ({ messages: [{ index }] }, reason, code) =>
        batch.reject(index, reason, code),
    });
  }

  /** All is acknowledged by then. */
  async close(): Promise<void> {
    await within(CLOSE_MS, this.#cluster[Symbol.asyncDispose]());
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
  ): Map<string, Outgoing[]> {
    const byTopic = new Map<string, Outgoing[]>();
    for (let index = 0; index < batch.count; index++) {
      try {
        for (const message of this.#maker.make(batch, index, nowMs)) {
          const there = byTopic.get(message.topic);
          if (there === undefined) byTopic.set(message.topic, [message]);
          else there.push(message);
        }
      } catch (error) {
        if (!(error instanceof MessageProblem)) throw error;
        batch.reject(index, error.message, error.code);
      }
    }
    return byTopic;
  }

  async #queuesOf(
    byTopic: ReadonlyMap<string, readonly Outgoing[]>,
    batch: OutputBatch,
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
          rejectKeyless(batch, message);
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

  #cutOptions(batch: OutputBatch): CutOptions {
    const { compression, batchBytes } = this.#config;
    const { library } = this.#cluster;
    return {
      library,
      compression,
      batchBytes,
      tooLarge: ({ index, topic }, sizeBytes, limitBytes) =>
        batch.reject(
          index,
          `the message has ${sizeBytes} bytes with what surrounds it, and the ` +
            `topic ${JSON.stringify(topic)} takes ${limitBytes} ` +
            "(max.message.bytes)",
          "too_large",
        ),
    };
  }
}

function rejectKeyless(batch: OutputBatch, { index, topic }: Outgoing): void {
  batch.reject(
    index,
    `the topic ${JSON.stringify(topic)} is compacted and takes no message ` +
      "without a key",
    "no_key",
  );
}

/** What `open` meets before there is a cluster. */
function isUnreachable(error: unknown): boolean {
  return (error as { code?: string }).code === "kafka.unreachable";
}

function retryOf(
  { signal, sleep, monotonicMs, log }: OpenContext | OutputContext,
  timeoutMs: number,
): RetryDeps {
  return {
    timeoutMs,
    signal,
    sleep,
    now: monotonicMs,
    isTransient,
    onRetry: (error, attempt, delay_ms) =>
      log.debug(`${reasonOf(error)}; trying again`, { attempt, delay_ms }),
  };
}
