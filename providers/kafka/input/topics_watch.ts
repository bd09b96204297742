/**
 * Which topics are read: those named, or those that fit a pattern; looked at again
 * from time to time, for new partitions and topics.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import type { Cluster, TopicInfo } from "../connection/cluster.ts";
import { isTransient, reasonOf } from "../connection/failure.ts";
import type { PartitionName } from "../connection/offsets.ts";
import { type KafkaInputConfig, patternOf } from "./config.ts";
import { pause } from "./group/pause.ts";

/** Knows the topics of one input. */
export class TopicsWatch {
  readonly #cluster: Cluster;
  readonly #config: KafkaInputConfig;
  readonly #pattern: RegExp | undefined;
  #topics: readonly TopicInfo[] = [];

  constructor(cluster: Cluster, config: KafkaInputConfig) {
    this.#cluster = cluster;
    this.#config = config;
    const { topicPattern } = config;
    this.#pattern = topicPattern === undefined
      ? undefined
      : patternOf(topicPattern);
  }

  get names(): string[] {
    return this.#topics.map(({ name }) => name).sort();
  }

  get partitions(): PartitionName[] {
    return this.#topics.flatMap(({ name: topic, leaders }) =>
      leaders.map((_, partition) => ({ topic, partition }))
    );
  }

  /** @throws {ConfigError} For a topic that isn't there. */
  async open(): Promise<void> {
    this.#topics = await this.#look();
    const { topics } = this.#config;
    const missing = topics.find((name) => !this.names.includes(name));
    if (missing === undefined) return;
    throw new ConfigError(
      "topics",
      `there is no topic ${JSON.stringify(missing)}, or it may not be seen`,
    );
  }

  /** Tells of other topics or more partitions, until `signal`. */
  async run(changed: () => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#config.metadataMaxAge, signal);
      if (signal.aborted) return;
      try {
        const before = this.#summary;
        this.#topics = await this.#look();
        if (this.#summary !== before) changed();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#cluster.log.debug(`cannot look for topics: ${reasonOf(error)}`);
      }
    }
  }

  get #summary(): string {
    return JSON.stringify(
      this.#topics.map(({ name, leaders }) => [name, leaders.length]).sort(),
    );
  }

  async #look(): Promise<TopicInfo[]> {
    const pattern = this.#pattern;
    if (pattern === undefined) {
      return await this.#cluster.refresh(this.#config.topics);
    }
    const all = await this.#cluster.refresh(null);
    return all.filter(({ name }) => pattern.test(name));
  }
}
