/**
 * Transactions: messages and the offsets of what they were made of, together.
 *
 * @module
 */

import type { Envelope, JsonObject } from "@dstream/sdk";
import { until } from "../support/until.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { commitOffset, committedOffsets } from "../support/kafka/committed.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { readTopic } from "../support/kafka/read_topic.ts";
import { change, range, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { batchOf } from "../support/servicebus_output.ts";
import { runTool } from "../support/tools.ts";
import { pythonOf } from "../../scripts/setup/folders.ts";

/** librdkafka writes under a name, and is gone before the end. */
const LEAVE_OPEN = `
import os, sys
from confluent_kafka import Producer
bootstrap, topic, name = sys.argv[1:4]
producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": name})
producer.init_transactions(30)
producer.begin_transaction()
producer.produce(topic, value="open")
producer.flush(30)
os._exit(0)
`;

const ignore = !needs("kafka") || !needs("kafka-client");

Deno.test({
  name: "the kafka output in transactions",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();

    await t.step(
      "Java's consumer of what is committed sees a batch, and Java's tool its end",
      async () => {
        const topic = await Topic.make(server, { partitions: 3 });
        await using output = await topic.open(named("java"));
        await output.write(batchOf(rows(30)));
        const printed = await server.tool(
          "org.apache.kafka.tools.consumer.ConsoleConsumer",
          [
            "--bootstrap-server",
            server.bootstrap,
            "--topic",
            topic.name,
            "--isolation-level",
            "read_committed",
            "--from-beginning",
            "--max-messages",
            "30",
          ],
        );
        const seen = printed.trim().split("\n").map((line) => JSON.parse(line));
        const numbers = seen.map(({ id }) => id).sort((a, b) => a - b);
        assertEquals(numbers, range(30));
        const told = await server.tool(
          "org.apache.kafka.tools.TransactionsCommand",
          [
            "--bootstrap-server",
            server.bootstrap,
            "describe",
            "--transactional-id",
            "java",
          ],
        );
        assert.match(told, /CompleteCommit/);
      },
    );

    await t.step(
      "a second producer with the same transactional id ends the first, and its batch is not there",
      async () => {
        const topic = await Topic.make(server);
        await using first = await topic.open(named("same"));
        await first.write(batchOf(rows(2)));
        await using second = await topic.open(named("same"));
        const error = await assertRejects(
          () => first.write(batchOf(rows(2))),
          "kafka.fenced",
        );
        assert.match(
          error.message,
          /another process writes with transactional_id = "same"/,
        );
        await second.write(batchOf(rows(1)));
        assertEquals((await topic.read()).length, 3);
      },
    );

    await t.step(
      "what a process left open when it died is given up by the next, and nobody sees it",
      async () => {
        const topic = await Topic.make(server);
        await runTool(pythonOf("kafka-client"), [
          "-c",
          LEAVE_OPEN,
          server.bootstrap,
          topic.name,
          "dying",
        ]);
        await using next = await topic.open(named("dying"));
        await next.write(batchOf(rows(1)));
        assertEquals((await topic.read()).length, 1);
        const all = await readTopic(
          server.bootstrap,
          topic.name,
          "read_uncommitted",
        );
        assertEquals(all.length, 2);
      },
    );

    await t.step(
      "a rejected message is left out of its transaction",
      async () => {
        const topic = await Topic.make(server, {
          settings: { "max.message.bytes": 2000 },
        });
        await using output = await topic.open(named("rejecting"));
        const large = change({ id: 1, text: "x".repeat(4000) });
        const rejected = await output.write(
          batchOf([...rows(1), large, ...rows(1)]),
        );
        assertEquals(Object.keys(rejected), ["1"]);
        assertEquals((await topic.read()).length, 2);
      },
    );
  },
});

Deno.test({
  name: "from topic to topic exactly once",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();

    await t.step(
      "offsets are committed with the messages, and not by the input",
      async () => {
        const way = await Way.make(server, "together");
        await using input = await way.read();
        const taken = await input.take(20);
        await input.confirm();
        assertEquals(await way.committed(), 0);
        await using output = await way.to.open(named("together"));
        await output.write(batchOf(taken));
        assertEquals(await way.committed(), 20);
        assertEquals((await way.to.read()).length, 20);
      },
    );

    await t.step(
      "what was committed and not acknowledged is not written again",
      async () => {
        const way = await Way.make(server, "replay");
        await using input = await way.read();
        const taken = await input.take(20);
        {
          await using killed = await way.to.open(named("replay"));
          await killed.write(batchOf(taken.slice(0, 12)));
        }
        await using output = await way.to.open(named("replay"));
        await output.write(batchOf(taken.slice(5)));
        assertEquals(await way.numbers(), range(20));
      },
    );

    await t.step(
      "what another member has got is left out here and written there, once",
      async () => {
        const way = await Way.make(server, "moved", 2);
        const settings = { rebalance_timeout: "1s", session_timeout: "6s" };
        await using one = await way.read(settings);
        const stale = await one.take(20);
        await using two = await way.read(settings);
        // Its partition goes on from what is committed: nothing so far.
        const shares = await Promise.all([one.take(10), two.take(10)]);
        await using first = await way.to.open(named("moved-1"));
        await first.write(batchOf(stale));
        assertEquals(await way.numbers(), []);
        assert.match(
          first.log.warnings.join("\n"),
          /others have got the partitions/,
        );
        await first.write(batchOf(shares[0]));
        await using second = await way.to.open(named("moved-2"));
        await second.write(batchOf(shares[1]));
        assertEquals(await way.numbers(), range(20));
      },
    );

    await t.step(
      "what never reaches the output is committed when nothing is on its way",
      async () => {
        const way = await Way.make(server, "filtered");
        const input = await way.read();
        const taken = await input.take(20);
        await using output = await way.to.open(named("filtered"));
        await output.write(batchOf(taken.slice(0, 15)));
        await input.confirm();
        await input.end();
        assertEquals(await way.committed(), 20);
      },
    );

    await t.step(
      "an output that commits nothing loses nothing, and the input warns",
      async () => {
        const way = await Way.make(server, "nobody");
        const input = await way.read();
        await input.take(20);
        await input.confirm();
        const pending = input.takeSome();
        await until(
          () => input.log.warnings.some((text) => /was not commit/.test(text)),
          () => "it does not warn",
        );
        input.stop.abort();
        assertEquals(await pending, []);
        await input.end();
        assertEquals(await way.committed(), 20);
      },
    );

    await t.step(
      "the offset of a rejected message waits until the input knows its fate",
      async () => {
        const way = await Way.make(server, "rejected");
        const input = await way.read();
        const taken = await input.take(20);
        await using output = await way.to.open({
          ...named("rejected"),
          topic: "{data.none}",
        });
        await output.write(batchOf(taken));
        assertEquals(await way.committed(), 0);
        await input.confirm();
        await input.end();
        assertEquals(await way.committed(), 20);
      },
    );

    await t.step(
      "an offset that was set back is gone on from, for all its messages",
      async () => {
        const way = await Way.make(server, "back");
        await using output = await way.to.open(named("back"));
        {
          const input = await way.read();
          await output.write(batchOf(await input.take(20)));
          await input.end();
        }
        await commitOffset(server.bootstrap, "back", way.from.name, 5);
        await using input = await way.read();
        await output.write(batchOf(await input.take(15)));
        assertEquals((await way.to.read()).length, 35);
      },
    );

    await t.step("the offsets of other brokers are no part of it", async () => {
      const way = await Way.make(server, "elsewhere");
      await using input = await way.read();
      const [one] = await input.take(1);
      const { kafka } = one.metadata as { kafka: JsonObject };
      const commit = { ...kafka.commit as JsonObject, cluster: "another" };
      const metadata = { ...one.metadata, kafka: { ...kafka, commit } };
      await using output = await way.to.open(named("elsewhere"));
      await assertRejects(
        () => output.write(batchOf([{ ...one, metadata }])),
        "kafka.other_cluster",
      );
    });
  },
});

function named(transactional_id: string): JsonObject {
  return { transactions: true, transactional_id };
}

function rows(count: number): Envelope[] {
  return range(count).map((id) => change({ id }));
}

/** A topic with 20 messages, a group of the same name, and a topic to write to. */
class Way {
  private constructor(
    readonly group: string,
    readonly from: Topic,
    readonly to: Topic,
  ) {}

  static async make(
    server: Kafka,
    group: string,
    partitions = 1,
  ): Promise<Way> {
    const from = await Topic.make(server, { partitions });
    const to = await Topic.make(server, { partitions: 2 });
    await using output = await from.open();
    // Without keys some 16 KiB in a row go to each partition: ten messages.
    const halves = partitions === 2 ? [range(10), range(10)] : [range(20)];
    let n = 0;
    for (const half of halves) {
      await output.write(batchOf(half.map(() => ({
        data: { n: n++, text: "x".repeat(1650) },
        metadata: {},
      }))));
    }
    return new Way(group, from, to);
  }

  read(more: JsonObject = {}): Promise<KafkaInputUnderTest> {
    return KafkaInputUnderTest.open({
      bootstrap_servers: this.from.server.bootstrap,
      topics: [this.from.name],
      group: this.group,
      commit: "output",
      ...more,
    });
  }

  /** What is committed of partition 0. */
  async committed(): Promise<number> {
    const found = await committedOffsets(
      this.from.server.bootstrap,
      this.group,
      this.from.name,
    );
    return found[0] ?? 0;
  }

  /** Those that arrived, each as often as it did. */
  async numbers(): Promise<number[]> {
    const values = await this.to.values();
    return values.map((value) => JSON.parse(value!).n).sort((a, b) => a - b);
  }
}
