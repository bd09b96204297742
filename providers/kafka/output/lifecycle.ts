/**
 * `plan`, `init`, `status` and `destroy`: the topics a config means.
 *
 * `init` makes what is missing and changes what can be changed; what can't is said.
 * `destroy` removes the topics named in the config and no others.
 *
 * @module
 */

import type { LifecycleContext, PlannedChange, Report } from "@dstream/sdk";
import { Cluster, type TopicInfo } from "../connection/cluster.ts";
import {
  addPartitions,
  alterTopic,
  createTopic,
  deleteTopic,
  topicSettings,
  type TopicWish,
} from "../connection/topics.ts";
import type { KafkaOutputConfig } from "./config.ts";
import { wantedTopics } from "./wanted_topics.ts";

const NOTHING_FIXED = "the topics are known from the envelopes alone; " +
  "topics { names, tables } names those to make";

/** What would be made or changed. */
export function plan(
  config: KafkaOutputConfig,
  context: LifecycleContext,
): Promise<Report> {
  return onTopics(config, context, async (_cluster, wish, found) => {
    await Promise.resolve();
    return planned(wish, found, context);
  });
}

/** Makes and changes it. */
export function init(
  config: KafkaOutputConfig,
  context: LifecycleContext,
): Promise<Report> {
  return onTopics(config, context, async (cluster, wish, found) => {
    const change = planned(wish, found, context);
    if (found === undefined) await createTopic(cluster, wish);
    else if (change.action === "update") {
      const { partitions, settings } = differences(wish, found);
      if (partitions > 0) await addPartitions(cluster, wish.name, partitions);
      if (Object.keys(settings).length > 0) {
        await alterTopic(cluster, wish.name, settings);
      }
    }
    return change;
  });
}

/** Removes it, with the messages in it. */
export function destroy(
  config: KafkaOutputConfig,
  context: LifecycleContext,
): Promise<Report> {
  return onTopics(config, context, async (cluster, { name }) => ({
    action: await deleteTopic(cluster, name) ? "delete" : "none",
    type: "topic",
    name,
  }));
}

/** What is there. */
export async function status(
  config: KafkaOutputConfig,
  { log }: LifecycleContext,
): Promise<Report> {
  await using cluster = await Cluster.open(config, log);
  const resources = [];
  for (const wish of wantedTopics(config)) {
    const found = await look(cluster, wish);
    resources.push({
      type: "topic",
      name: wish.name,
      state: found === undefined ? "missing" : "there",
      ...(found === undefined ? {} : {
        partitions: found.info.leaders.length,
        replication_factor: found.info.replicationFactor,
        without_leader: found.info.leaders.filter((id) => id < 0).length,
      }),
    });
  }
  return resources.length > 0
    ? { resources }
    : { resources, message: NOTHING_FIXED };
}

/** A topic that is there. */
interface Found {
  readonly info: TopicInfo;
  readonly settings: ReadonlyMap<string, string>;
}

async function onTopics(
  config: KafkaOutputConfig,
  { log }: LifecycleContext,
  work: (
    cluster: Cluster,
    wish: TopicWish,
    found: Found | undefined,
  ) => Promise<PlannedChange>,
): Promise<Report> {
  await using cluster = await Cluster.open(config, log);
  const changes: PlannedChange[] = [];
  for (const wish of wantedTopics(config)) {
    changes.push(await work(cluster, wish, await look(cluster, wish)));
  }
  return changes.length > 0 ? { changes } : { changes, message: NOTHING_FIXED };
}

async function look(
  cluster: Cluster,
  { name }: TopicWish,
): Promise<Found | undefined> {
  const [info] = await cluster.refresh([name]);
  if (info === undefined) return undefined;
  const settings = await topicSettings(cluster, [name], null);
  return { info, settings: settings.get(name) ?? new Map() };
}

function planned(
  wish: TopicWish,
  found: Found | undefined,
  { log }: LifecycleContext,
): PlannedChange {
  const topic = { type: "topic", name: wish.name } as const;
  if (found === undefined) return { action: "create", ...topic };
  const { partitions, settings, unchangeable } = differences(wish, found);
  if (unchangeable !== undefined) {
    log.warn(
      `topic ${JSON.stringify(wish.name)} is there with ${unchangeable}`,
    );
  }
  const changes = [
    ...(partitions > 0 ? ["partitions"] : []),
    ...Object.keys(settings),
  ];
  return changes.length === 0
    ? { action: "none", ...topic }
    : { action: "update", ...topic, changes: changes.join(", ") };
}

function differences({ partitions, replicationFactor, settings }: TopicWish, {
  info,
  settings: current,
}: Found) {
  const there = info.leaders.length;
  const other = Object.entries(settings)
    .filter(([name, value]) => current.get(name) !== value);
  return {
    partitions: partitions > there ? partitions : 0,
    settings: Object.fromEntries(other),
    unchangeable: partitions > 0 && partitions < there
      ? `${there} partitions; partitions can't be taken away`
      : replicationFactor > 0 && replicationFactor !== info.replicationFactor
      ? `a replication factor of ${info.replicationFactor}; ` +
        "kafka-reassign-partitions changes it"
      : undefined,
  };
}
