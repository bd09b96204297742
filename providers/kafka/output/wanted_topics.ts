/**
 * The topics a config means, and how each is made.
 *
 * @module
 */

import type { TopicWish } from "../connection/topics.ts";
import type { KafkaOutputConfig } from "./config.ts";
import { TopicNames } from "./topic_names.ts";

/** How a topic is made, from `topics { … }`. */
export function wishOf(
  name: string,
  topics: KafkaOutputConfig["topics"],
): TopicWish {
  const { partitions, replicationFactor, cleanupPolicy, retention } = topics;
  return {
    name,
    partitions: partitions ?? -1,
    replicationFactor: replicationFactor ?? -1,
    settings: {
      ...(cleanupPolicy === undefined
        ? {}
        : { "cleanup.policy": cleanupPolicy }),
      ...(retention === undefined
        ? {}
        : { "retention.ms": String(Math.round(retention)) }),
      ...topics.settings,
    },
  };
}

/** Those that are known before the first envelope. */
export function wantedTopics(config: KafkaOutputConfig): TopicWish[] {
  const { topics } = config;
  const names = new TopicNames(config);
  const wanted = new Set([
    ...(names.fixed === undefined ? [] : [names.fixed]),
    ...topics.names,
    ...topics.tables.map((table) => names.ofTable(table)),
  ]);
  return [...wanted].map((name) => wishOf(name, topics));
}
