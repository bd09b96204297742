/**
 * Topics: their settings, making, changing and removing them.
 *
 * @module
 */

import type { Cluster } from "./cluster.ts";
import { forbidden } from "./failure.ts";
import { BrokerError, errorName } from "./protocol_error.ts";

const TOPIC = 2;
const SET = 0;
const TIMEOUT_MS = 30_000;
const KNOWN_LOOKS = 100;
const KNOWN_PAUSE_MS = 50;

/** How a topic is made. */
export interface TopicWish {
  readonly name: string;
  /** -1: the brokers' default. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly settings: Readonly<Record<string, string>>;
}

interface Result {
  readonly name: string;
  readonly errorCode: number;
  readonly errorMessage?: string | null;
}

/**
 * The settings of topics by their name.
 * @returns Without those that may not be looked at.
 */
export async function topicSettings(
  cluster: Cluster,
  names: readonly string[],
  keys: readonly string[] | null,
): Promise<Map<string, Map<string, string>>> {
  const settings = new Map<string, Map<string, string>>();
  if (names.length === 0) return settings;
  const { results } = await cluster.ask<{
    readonly results: readonly {
      readonly errorCode: number;
      readonly resourceName: string;
      readonly configs: readonly { name: string; value: string | null }[];
    }[];
  }>("any", "DescribeConfigs", [
    names.map((resourceName) => ({
      resourceType: TOPIC,
      resourceName,
      configurationKeys: keys,
    })),
    false,
    false,
  ]);
  for (const { errorCode, resourceName, configs } of results) {
    if (errorCode !== 0) continue;
    const entries = configs.map(({ name, value }) =>
      [name, value ?? ""] as const
    );
    settings.set(resourceName, new Map(entries));
  }
  return settings;
}

/**
 * Returns when the brokers know it.
 * @returns Whether it was made; false: somebody else has just done so.
 * @throws {FinalError} Where that isn't allowed.
 */
export async function createTopic(
  cluster: Cluster,
  { name, partitions, replicationFactor, settings }: TopicWish,
): Promise<boolean> {
  const configs = Object.entries(settings)
    .map(([name, value]) => ({ name, value }));
  const topic = {
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs,
  };
  const { topics: [result] } = await onController<{ topics: Result[] }>(
    cluster,
    "CreateTopics",
    [[topic], TIMEOUT_MS, false],
    ({ topics }) => topics[0].errorCode,
  );
  if (errorName(result.errorCode) === "TOPIC_ALREADY_EXISTS") return false;
  assertDone(result, "create", name);
  await untilKnown(cluster, name);
  return true;
}

/** The brokers hear of a new topic one after the other. */
async function untilKnown(cluster: Cluster, name: string): Promise<void> {
  for (let look = 0; look < KNOWN_LOOKS; look++) {
    const [info] = await cluster.refresh([name]);
    if (info?.leaders.every((leader) => leader >= 0)) return;
    await new Promise((wake) => setTimeout(wake, KNOWN_PAUSE_MS));
  }
}

/** @throws {FinalError} Where that isn't allowed. */
export async function addPartitions(
  cluster: Cluster,
  name: string,
  count: number,
): Promise<void> {
  const { results: [result] } = await onController<{ results: Result[] }>(
    cluster,
    "CreatePartitions",
    [[{ name, count, assignments: null }], TIMEOUT_MS, false],
    ({ results }) => results[0].errorCode,
  );
  assertDone(result, "add partitions to", name);
}

/** @throws {FinalError} Where that isn't allowed. */
export async function alterTopic(
  cluster: Cluster,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({
    name,
    value,
    configOperation: SET,
  }));
  const { responses: [result] } = await cluster.ask<{ responses: Result[] }>(
    "any",
    "IncrementalAlterConfigs",
    [[{ resourceType: TOPIC, resourceName: name, configs }], false],
  );
  assertDone(result, "alter", name);
}

/** @returns Whether it was there. */
export async function deleteTopic(
  cluster: Cluster,
  name: string,
): Promise<boolean> {
  const { responses: [result] } = await onController<{ responses: Result[] }>(
    cluster,
    "DeleteTopics",
    [[{ name }], TIMEOUT_MS],
    ({ responses }) => responses[0].errorCode,
  );
  if (errorName(result.errorCode) === "UNKNOWN_TOPIC_OR_PARTITION") {
    return false;
  }
  assertDone(result, "delete", name);
  return true;
}

/** Asks the controller, once more where it has just moved. */
async function onController<T>(
  cluster: Cluster,
  api: string,
  args: readonly unknown[],
  codeOf: (answer: T) => number,
): Promise<T> {
  const answer = await cluster.ask<T>(controller(cluster), api, args);
  if (errorName(codeOf(answer)) !== "NOT_CONTROLLER") return answer;
  await cluster.refresh([]);
  return await cluster.ask<T>(controller(cluster), api, args);
}

function controller({ controllerId }: Cluster): number | "any" {
  return controllerId < 0 ? "any" : controllerId;
}

function assertDone(
  { errorCode, errorMessage }: Result,
  operation: string,
  name: string,
): void {
  if (errorCode === 0) return;
  const what = `the topic ${JSON.stringify(name)}`;
  if (/AUTHORIZATION/.test(errorName(errorCode))) {
    throw forbidden(operation, what);
  }
  throw new BrokerError(errorCode, `${operation} ${what}`, errorMessage);
}
