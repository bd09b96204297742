/**
 * `plan` and `status`: what would be read, by whom, and how far behind it is.
 *
 * The group is made by the brokers when the first member joins, so `init` has nothing
 * to make; `destroy` removes it with what it remembers.
 *
 * @module
 */

import { ConfigError, type LifecycleContext, type Report } from "@dstream/sdk";
import { withRetries } from "@dstream/sdk/service";
import { Cluster } from "../connection/cluster.ts";
import { isTransient } from "../connection/failure.ts";
import { EARLIEST, keyOf, LATEST, offsetsAt } from "../connection/offsets.ts";
import { errorName } from "../connection/protocol_error.ts";
import type { KafkaInputConfig } from "./config.ts";
import { GroupCoordinator } from "../connection/group_coordinator.ts";
import { pause } from "./group/pause.ts";
import { TopicsWatch } from "./topics_watch.ts";

const PATIENCE_MS = 20_000;

/** A member of a group, of either protocol. */
interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly clientHost: string;
}

/** What is there, and who shares it. */
export function plan(
  config: KafkaInputConfig,
  context: LifecycleContext,
): Promise<Report> {
  return onCluster(config, context, (cluster) => planOn(cluster, config));
}

async function planOn(
  cluster: Cluster,
  config: KafkaInputConfig,
): Promise<Report> {
  const topics = new TopicsWatch(cluster, config);
  await topics.open();
  const { group } = config;
  const members = await membersOf(cluster, group);
  const changes = [
    ...topics.names.map((name) =>
      ({ action: "none", type: "topic", name }) as const
    ),
    {
      action: members === undefined ? "create" : "none",
      type: "consumer group",
      name: group,
    } as const,
  ];
  if (members === undefined || members.length === 0) return { changes };
  const who = members.map(({ clientId, clientHost }) =>
    `${clientId} ${clientHost}`
  ).join(", ");
  return {
    changes,
    message:
      `the group has ${members.length} members (${who}): a run of this ` +
      "task shares the partitions with them, each message is read by one of " +
      "them. Give the task another group if it is to read all by itself",
  };
}

/** How far each partition is. */
export function status(
  config: KafkaInputConfig,
  context: LifecycleContext,
): Promise<Report> {
  return onCluster(config, context, (cluster) => statusOn(cluster, config));
}

async function statusOn(
  cluster: Cluster,
  config: KafkaInputConfig,
): Promise<Report> {
  const topics = new TopicsWatch(cluster, config);
  await topics.open();
  const { partitions } = topics;
  const isCommitted = config.isolation === "read_committed";
  const coordinator = new GroupCoordinator(cluster, config.group);
  const committed = await coordinator.committed(partitions);
  const starts = await offsetsAt(cluster, partitions, EARLIEST, false);
  const ends = await offsetsAt(cluster, partitions, LATEST, isCommitted);
  const members = await membersOf(cluster, config.group);
  const resources = partitions.map((partition) => {
    const key = keyOf(partition);
    const offset = committed.get(key);
    const first = Math.max(offset ?? 0, starts.get(key)!);
    return {
      type: "partition",
      name: key,
      committed: offset ?? null,
      end: ends.get(key)!,
      lag: Math.max(0, ends.get(key)! - first),
    };
  });
  return {
    resources,
    message: `the group ${JSON.stringify(config.group)} has ` +
      `${members?.length ?? 0} members and is ` +
      `${resources.reduce((sum, { lag }) => sum + lag, 0)} messages behind`,
  };
}

/** Removes the group: the next run begins as `start` says. */
export function destroy(
  config: KafkaInputConfig,
  context: LifecycleContext,
): Promise<Report> {
  const { group } = config;
  return onCluster(config, context, (cluster) => removeGroup(cluster, group));
}

async function removeGroup(cluster: Cluster, group: string): Promise<Report> {
  const { results: [result] } = await new GroupCoordinator(cluster, group)
    .ask<{ results: { errorCode: number }[] }>("DeleteGroups", [[group]]);
  const error = errorName(result.errorCode);
  if (error === "NON_EMPTY_GROUP") {
    throw new ConfigError(
      "group",
      `the group ${JSON.stringify(group)} has members`,
      "stop what reads as this group first",
    );
  }
  const isGone = error === "GROUP_ID_NOT_FOUND";
  if (!isGone) {
    new GroupCoordinator(cluster, group)
      .assertDone(result.errorCode, "remove the group");
  }
  const action = isGone ? "none" : "delete";
  return { changes: [{ action, type: "consumer group", name: group }] };
}

/** A group's broker may need a moment to begin, the first time. */
async function onCluster(
  config: KafkaInputConfig,
  { log, signal }: LifecycleContext,
  work: (cluster: Cluster) => Promise<Report>,
): Promise<Report> {
  await using cluster = await Cluster.open(config, log);
  return await withRetries(() => work(cluster), {
    timeoutMs: PATIENCE_MS,
    signal,
    sleep: (delayMs) => pause(delayMs, signal),
    now: () => performance.now(),
    isTransient,
  });
}

/** @returns undefined where there is no such group. */
export async function membersOf(
  cluster: Cluster,
  group: string,
): Promise<readonly GroupMember[] | undefined> {
  const coordinator = new GroupCoordinator(cluster, group);
  const describe = async (name: string) => {
    const { groups: [found] } = await coordinator.ask<{
      groups: {
        errorCode: number;
        groupState: string;
        members: GroupMember[];
      }[];
    }>(name, [[group], false]);
    if (/_NOT_FOUND/.test(errorName(found.errorCode))) return undefined;
    coordinator.assertDone(found.errorCode, "look at the group");
    return found.groupState === "Dead" ? undefined : found.members;
  };
  if (cluster.maxVersion("ConsumerGroupDescribe") >= 0) {
    const members = await describe("ConsumerGroupDescribe");
    if (members !== undefined) return members;
  }
  return await describe("DescribeGroups");
}
