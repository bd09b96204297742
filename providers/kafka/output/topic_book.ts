/**
 * What is known of the topics that are written to: partitions and limits.
 *
 * @module
 */

import { FinalError, type Logger } from "@dstream/sdk";
import type { Cluster } from "../connection/cluster.ts";
import { EVENT_HUBS_BATCH_BYTES } from "../connection/event_hubs.ts";
import { createTopic, topicSettings } from "../connection/topics.ts";
import type { KafkaOutputConfig } from "./config.ts";
import { topicProblem } from "./topic_names.ts";
import { wishOf } from "./wanted_topics.ts";

/** How often the number of partitions is asked for again. */
const MAX_AGE_MS = 60_000;
/** Of a topic whose settings may not be read: the broker's default. */
const USUAL_LIMIT_BYTES = 1_048_588;
const LIMIT = "max.message.bytes";
const CLEANUP = "cleanup.policy";

/** A topic that can be written to. */
export interface WritableTopic {
  readonly name: string;
  readonly partitions: number;
  /** The largest batch it takes. */
  readonly limitBytes: number;
  /** Whether every message must have a key. */
  readonly isCompacted: boolean;
}

interface Page extends WritableTopic {
  readonly readAtMs: number;
}

/** Knows topics by name. */
export class TopicBook {
  readonly #cluster: Cluster;
  readonly #config: KafkaOutputConfig;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #pages = new Map<string, Page>();

  constructor(
    cluster: Cluster,
    config: KafkaOutputConfig,
    log: Logger,
    now: () => number,
  ) {
    this.#cluster = cluster;
    this.#config = config;
    this.#log = log;
    this.#now = now;
  }

  /**
   * What is known of a topic, newly asked for where that is long ago.
   * @throws {FinalError} `kafka.topic_missing`
   */
  async find(name: string): Promise<WritableTopic> {
    const page = this.#pages.get(name);
    if (page !== undefined && this.#now() - page.readAtMs < MAX_AGE_MS) {
      return page;
    }
    const read = await this.#read(name);
    if (page !== undefined && page.partitions !== read.partitions) {
      this.#log.warn(
        "the topic has another number of partitions: rows may go to another " +
          "partition than before, so their order is kept from here on only",
        { topic: name, before: page.partitions, now: read.partitions },
      );
    }
    this.#pages.set(name, read);
    return read;
  }

  /** It is looked up anew the next time. */
  forget(name: string): void {
    this.#pages.delete(name);
  }

  async #read(name: string): Promise<Page> {
    const problem = topicProblem(name);
    if (problem !== undefined) {
      throw new FinalError(
        "kafka.topic_invalid",
        `the topic ${JSON.stringify(name)} ${problem}`,
        { key: this.#key },
      );
    }
    let [info] = await this.#cluster.refresh([name]);
    if (info === undefined && this.#config.createTopics) {
      await this.#create(name);
      [info] = await this.#cluster.refresh([name]);
      // The broker that was asked may not have heard of it yet.
      if (info === undefined) {
        throw new Error("Connection: topic not yet there");
      }
    }
    if (info === undefined) throw this.#missing(name);
    const settings = (await topicSettings(this.#cluster, [name], [
      LIMIT,
      CLEANUP,
    ])).get(name);
    return {
      name,
      partitions: info.leaders.length,
      limitBytes: this.#limitOf(settings?.get(LIMIT)),
      isCompacted: settings?.get(CLEANUP) === "compact",
      readAtMs: this.#now(),
    };
  }

  /** Event Hubs closes the connection for what is too large, and tells no limit. */
  #limitOf(text: string | undefined): number {
    const limit = Number(text) || USUAL_LIMIT_BYTES;
    return this.#config.connectionString === undefined
      ? limit
      : Math.min(limit, EVENT_HUBS_BATCH_BYTES);
  }

  async #create(name: string): Promise<void> {
    const isMade = await createTopic(
      this.#cluster,
      wishOf(name, this.#config.topics),
    );
    if (isMade) this.#log.info("made the topic", { topic: name });
  }

  get #key(): string {
    return this.#config.topic === undefined ? "topic_prefix" : "topic";
  }

  #missing(name: string): FinalError {
    return new FinalError(
      "kafka.topic_missing",
      `there is no topic ${JSON.stringify(name)}, or it may not be seen`,
      {
        key: this.#key,
        hint: "make it with dstream init (see topics { … }), with Kafka's " +
          "tools, or set create_topics = true",
      },
    );
  }
}
