/**
 * The Kafka input as one member of several: who reads what, what is committed when
 * partitions move, and how it stands with Java's clients.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { GroupCoordinator } from "../../providers/kafka/connection/group_coordinator.ts";
import { membersOf } from "../../providers/kafka/input/lifecycle.ts";
import { until } from "../support/until.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { committedOffsets } from "../support/kafka/committed.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { onCluster, range, Topic } from "../support/kafka/topic.ts";
import { writeTopic } from "../support/kafka/write_topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";

const ignore = !needs("kafka") || !needs("kafka-client");

Deno.test({
  name: "members of a group share the partitions",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();
    for (const group_protocol of ["classic", "consumer"]) {
      await t.step(
        `${group_protocol}: each message is read by one, and all go on when one leaves`,
        () => testSharing(server, { group_protocol }),
      );
      await t.step(
        `${group_protocol}: partitions that are taken away are let go of when what is on its way is confirmed and committed`,
        () => testRevocation(server, { group_protocol }),
      );
      await t.step(
        `${group_protocol}: a wait for that has an end, and an acknowledgement after it commits nothing`,
        () => testLateAck(server, { group_protocol }),
      );
      await t.step(
        `${group_protocol}: a restart within the session time-out moves nothing where instance_id is set`,
        () => testStatic(server, { group_protocol }),
      );
      await t.step(
        `${group_protocol}: a membership that is lost and found repeats nothing, where nobody else came`,
        () => testLost(server, { group_protocol }),
      );
    }
    await t.step("it shares with Java's consumer", () => testJava(server));
  },
});

let count = 0;

/** How long it looks for what may be there. */
const LOOK_MS = 200;
/** How long nothing comes that must not. */
const NOTHING_MS = 1500;

function open(
  server: Kafka,
  topic: Topic,
  config: JsonObject,
): Promise<KafkaInputUnderTest> {
  return KafkaInputUnderTest.open({
    bootstrap_servers: server.bootstrap,
    topics: [topic.name],
    ...config,
  });
}

/** Two messages in each of so many partitions. */
async function fill(topic: Topic, partitions: number): Promise<void> {
  await writeTopic(
    topic.server.bootstrap,
    topic.name,
    range(partitions * 2).map((n) => ({
      value: JSON.stringify({ n }),
      partition: n % partitions,
    })),
  );
}

/** What is there, confirmed: so it can let go of partitions. */
async function drain(input: KafkaInputUnderTest): Promise<number[]> {
  return await numbers(input, Infinity, LOOK_MS);
}

/** So many of them, confirmed. */
async function numbers(
  input: KafkaInputUnderTest,
  count: number,
  limitMs?: number,
): Promise<number[]> {
  const taken = await input.take(count, limitMs);
  await input.confirm();
  return taken.map(({ data }) => (data as { n: number }).n);
}

async function testSharing(server: Kafka, config: JsonObject): Promise<void> {
  const topic = await Topic.make(server, { partitions: 6 });
  const group = `sharing-${++count}`;
  await using one = await open(server, topic, { group, ...config });
  await fill(topic, 6);
  assertEquals((await one.take(12)).length, 12);
  await one.confirm();
  await using two = await open(server, topic, { group, ...config });
  const taking = two.take(6);
  await until(async () => {
    await drain(one);
    return two.progressed?.[0].startsWith("3 partitions") === true &&
      one.progressed?.[0].startsWith("3 partitions") === true;
  }, () => JSON.stringify([one.progressed, two.progressed]));
  await fill(topic, 6);
  const own = await numbers(one, 6);
  const others = (await taking).map(({ data }) => (data as { n: number }).n);
  assertEquals([...own, ...others].sort((a, b) => a - b), range(12));
  await two.confirm();
  await two.end();
  await fill(topic, 6);
  let left = 0;
  await until(
    async () => (left += (await drain(one)).length) === 12,
    () => `only ${left}`,
  );
  await one.end();
}

async function testRevocation(
  server: Kafka,
  config: JsonObject,
): Promise<void> {
  const topic = await Topic.make(server, { partitions: 2 });
  const group = `revoked-${++count}`;
  await using one = await open(server, topic, { group, ...config });
  await fill(topic, 2);
  assertEquals((await one.take(4)).length, 4);
  await using two = await open(server, topic, { group, ...config });
  const other = two.take(1, NOTHING_MS);
  // It has not confirmed them, so the other one gets nothing yet.
  assertEquals(await one.take(1, NOTHING_MS), []);
  assertEquals(await other, []);
  await one.confirm();
  // All was committed before it moved, so nothing comes twice.
  await until(async () => {
    await drain(one);
    assertEquals(await two.take(1, LOOK_MS), []);
    return two.progressed?.[0].startsWith("1 partitions") === true;
  }, () => JSON.stringify([one.progressed, two.progressed]));
  assertEquals(await two.take(1, NOTHING_MS), []);
  assertEquals(await committedOffsets(server.bootstrap, group, topic.name), {
    0: 2,
    1: 2,
  });
  await Promise.all([one.end(), two.end()]);
}

/** The broker forgets the group's members, as it does when it was away for long. */
async function testLost(server: Kafka, config: JsonObject): Promise<void> {
  const topic = await Topic.make(server);
  const group = `group-${++count}`;
  const send = (from: number, to: number) =>
    writeTopic(
      server.bootstrap,
      topic.name,
      range(to - from).map((n) => ({ value: `{"n":${from + n}}` })),
    );
  await send(0, 20);
  const settings = { group, session_timeout: "6s", ...config };
  await using input = await open(server, topic, settings);
  await input.take(5);
  await input.confirm();
  await until(
    async () =>
      (await committedOffsets(server.bootstrap, group, topic.name))[0] === 20,
    () => "nothing is committed",
  );
  await send(20, 40);
  await input.take(20 - 5 + 20);
  await forget(server, group, config.group_protocol === "consumer");
  await until(
    () => input.log.warnings.some((text) => /membership is lost/.test(text)),
    () => "it does not notice",
  );
  await send(40, 41);
  const [next] = await input.take(1);
  assertEquals((next.data as { n: number }).n, 40);
  await input.confirm();
  await input.end();
  const committed = await committedOffsets(server.bootstrap, group, topic.name);
  assertEquals(committed, { 0: 41 });
}

/** Takes the only member out of the group, behind its back. */
async function forget(
  server: Kafka,
  group: string,
  isConsumer: boolean,
): Promise<void> {
  await onCluster(server, async (cluster) => {
    const coordinator = new GroupCoordinator(cluster, group);
    const members = await membersOf(cluster, group);
    if (isConsumer) {
      const [{ memberId }] = members!;
      const leaving = [group, memberId, -1, null, null, 60_000];
      const nothing = [null, null, null, []];
      await coordinator.ask("ConsumerGroupHeartbeat", [...leaving, ...nothing]);
      return;
    }
    await coordinator.ask("LeaveGroup", [
      group,
      members!.map(({ memberId }) => ({
        memberId,
        groupInstanceId: null,
        reason: "test",
      })),
    ]);
  });
}

async function testLateAck(server: Kafka, config: JsonObject): Promise<void> {
  const topic = await Topic.make(server, { partitions: 2 });
  const group = `late-${++count}`;
  const all = { group, rebalance_timeout: "3s", ...config };
  await using one = await open(server, topic, all);
  await fill(topic, 2);
  assertEquals((await one.take(4)).length, 4);
  await using two = await open(server, topic, all);
  const taking = two.take(2);
  await until(async () => {
    await one.take(1, 100);
    return one.log.warnings.some((text) => /read twice/.test(text));
  }, () => one.log.warnings.join("\n"));
  const again = await taking;
  assertEquals(again.length, 2);
  const { partition } = again[0].metadata.kafka as { partition: number };
  await one.confirm();
  await one.end();
  const committed = await committedOffsets(server.bootstrap, group, topic.name);
  assertEquals(committed[partition], undefined);
  assertEquals(committed[1 - partition], 2);
  await two.confirm();
  await two.end();
}

async function testStatic(server: Kafka, config: JsonObject): Promise<void> {
  const topic = await Topic.make(server, { partitions: 2 });
  const group = `static-${++count}`;
  const as = (instance_id: string) =>
    open(server, topic, { group, instance_id, ...config });
  await using one = await as("one");
  await fill(topic, 2);
  assertEquals((await one.take(4)).length, 4);
  await one.confirm();
  const two = await as("two");
  await until(async () => {
    await drain(one);
    await two.take(1, 100);
    return two.progressed?.[0].startsWith("1 partitions") === true;
  }, () => JSON.stringify(two.progressed));
  await two.end();
  await fill(topic, 2);
  // Nobody else gets the other's partition while it is away.
  assertEquals((await numbers(one, 2)).length, 2);
  assertEquals(await one.take(1, NOTHING_MS), []);
  await using again = await as("two");
  assertEquals((await again.take(2)).length, 2);
  assert.ok(one.progressed?.[0].startsWith("1 partitions"));
}

async function testJava(server: Kafka): Promise<void> {
  const topic = await Topic.make(server, { partitions: 4 });
  const group = "with-java";
  const reading = server.tool(
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    [
      "--bootstrap-server",
      server.bootstrap,
      "--topic",
      topic.name,
      "--group",
      group,
      "--max-messages",
      "4",
      "--timeout-ms",
      "120000",
    ],
  );
  await using one = await open(server, topic, { group, start: "earliest" });
  await until(async () => {
    await one.take(1, 100);
    return one.progressed?.[0].startsWith("2 partitions") === true;
  }, () => JSON.stringify(one.progressed));
  await fill(topic, 4);
  const own = await numbers(one, 4);
  const printed = (await reading).split("\n").filter((line) =>
    line.startsWith("{")
  ).map((line) => JSON.parse(line).n as number);
  assertEquals([...own, ...printed].sort((a, b) => a - b), range(8));
}
