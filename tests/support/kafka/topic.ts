/**
 * Topics of tests: made, written to by the output, read by another client.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { Cluster } from "../../../providers/kafka/connection/cluster.ts";
import {
  addPartitions,
  createTopic,
  deleteTopic,
} from "../../../providers/kafka/connection/topics.ts";
import type { Kafka, TopicOptions } from "../servers/kafka.ts";
import { Log } from "../servicebus_output.ts";
import {
  kafkaOutputConfig,
  KafkaOutputUnderTest,
} from "./output_under_test.ts";
import { readTopic } from "./read_topic.ts";

const FENCED_MS = 120_000;
const FENCED_PAUSE_MS = 200;

/** One broker, or three. */
type Bootstrap = Pick<Kafka, "bootstrap">;

/** A change of a row with the key `id`. */
export function change(
  data: JsonObject,
  more: JsonObject = {},
): { data: JsonObject; metadata: JsonObject } {
  const metadata = { table: "t", operation: "insert", key: ["id"], ...more };
  return { data, metadata };
}

/** A fresh topic's output, with what was read from it after. */
export class Topic {
  static #count = 0;

  private constructor(readonly server: Kafka, readonly name: string) {}

  static async make(
    server: Kafka,
    options?: TopicOptions,
    name = `topic-${++Topic.#count}`,
  ): Promise<Topic> {
    await makeTopic(server, name, options);
    return new Topic(server, name);
  }

  open(config: JsonObject = {}): Promise<KafkaOutputUnderTest> {
    return open(this.server, { topic: this.name, ...config });
  }

  read() {
    return readTopic(this.server.bootstrap, this.name);
  }

  /** Removes it, and makes one of the same name. */
  async remake(options?: TopicOptions): Promise<void> {
    await onCluster(this.server, async (cluster) => {
      await deleteTopic(cluster, this.name);
      while ((await cluster.refresh([this.name])).length > 0);
    });
    await makeTopic(this.server, this.name, options);
  }

  async addPartitions(count: number): Promise<void> {
    await onCluster(this.server, async (cluster) => {
      await addPartitions(cluster, this.name, count);
      const known = () => cluster.topic(this.name)?.leaders ?? [];
      while (known().length < count || known().includes(-1)) {
        await cluster.refresh([this.name]);
      }
    });
  }

  /** Those of partition 0 before an offset. */
  async deleteRecords(offset: number): Promise<void> {
    const { process: { folder }, bootstrap } = this.server;
    const partitions = [{ topic: this.name, partition: 0, offset }];
    const file = await folder.write(
      "offsets.json",
      JSON.stringify({ partitions, version: 1 }),
    );
    await this.server.tool("org.apache.kafka.tools.DeleteRecordsCommand", [
      "--bootstrap-server",
      bootstrap,
      "--offset-json-file",
      file,
    ]);
  }

  async values(): Promise<(string | null)[]> {
    return (await this.read()).map(({ value }) => value);
  }
}

/** An output of any topic. */
export function open(
  { bootstrap }: Bootstrap,
  config: JsonObject,
): Promise<KafkaOutputUnderTest> {
  return KafkaOutputUnderTest.open({ bootstrap_servers: bootstrap, ...config });
}

/** Quicker than Kafka's own tool. */
export async function makeTopic(
  server: Bootstrap,
  name: string,
  { partitions = 1, replicas = 1, settings = {} }: TopicOptions & {
    readonly replicas?: number;
  } = {},
): Promise<void> {
  const texts = Object.entries(settings)
    .map(([key, value]) => [key, String(value)]);
  await onCluster(server, (cluster) =>
    unlessFenced(() =>
      createTopic(cluster, {
        name,
        partitions,
        replicationFactor: replicas,
        settings: Object.fromEntries(texts),
      })
    ));
}

/** A broker that a busy machine held up is no broker for a moment. */
async function unlessFenced(make: () => Promise<unknown>): Promise<void> {
  const endMs = performance.now() + FENCED_MS;
  for (;;) {
    try {
      await make();
      return;
    } catch (error) {
      const isFenced = /are currently fenced/.test((error as Error).message);
      if (!isFenced || performance.now() > endMs) throw error;
    }
    await new Promise((wake) => setTimeout(wake, FENCED_PAUSE_MS));
  }
}

export async function onCluster(
  { bootstrap }: Bootstrap,
  work: (cluster: Cluster) => Promise<unknown>,
): Promise<void> {
  const config = kafkaOutputConfig({
    bootstrap_servers: bootstrap,
    topic: "x",
  });
  await using cluster = await Cluster.open(config, new Log());
  await work(cluster);
}

/** `[0, 1, …]` */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
