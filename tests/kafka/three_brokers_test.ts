/**
 * Three brokers, each message on all of them and confirmed by two: what happens when
 * one is killed, or its partitions get another leader.
 *
 * @module
 */

import type { Envelope, JsonObject } from "@dstream/sdk";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { committedOffsets } from "../support/kafka/committed.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { readTopic } from "../support/kafka/read_topic.ts";
import {
  change,
  makeTopic,
  onCluster,
  open,
  range,
} from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import {
  type KafkaCluster,
  startKafkaCluster,
} from "../support/servers/kafka.ts";
import { batchOf } from "../support/servicebus_output.ts";
import { until } from "../support/until.ts";

Deno.test({
  name: "three brokers",
  ignore: !needs("kafka") || !needs("kafka-client"),
  fn: async (t) => {
    await using cluster = await startKafkaCluster();

    await t.step(
      "a broker killed, and one stopped, while it is written, read and copied in transactions: each message once and in order",
      async () => {
        await makeTopic(cluster, "source", THREE);
        await makeTopic(cluster, "copy", THREE);
        await using writer = await Writer.begin(cluster, "source");
        await using copier = await Copier.begin(cluster);
        await until(() => copier.count > 2000, () => "nothing is copied");
        const leader = await leaderOf(cluster, "source");
        await cluster.broker(leader).process.kill();
        await writer.goesOn();
        await copier.goesOn();
        await cluster.broker(leader).process.restart();
        const other = leader === 2 ? 3 : 2;
        await cluster.broker(other).process.stop();
        await writer.goesOn();
        await copier.goesOn();
        await cluster.broker(other).process.restart();
        const written = await writer.end();
        await until(
          () => copier.count >= written,
          () => `${copier.count} of ${written} are copied`,
        );
        await copier.end();
        const { bootstrap } = cluster;
        for (const topic of ["source", "copy"]) {
          assertOnceInOrder(await readTopic(bootstrap, topic), written);
        }
        const committed = await committedOffsets(bootstrap, "copier", "source");
        const sum = Object.values(committed).reduce((a, b) => a + b, 0);
        assertEquals(sum, written);
      },
    );

    await t.step(
      "a batch is acknowledged after all its partitions were",
      async () => {
        const settings = { "min.insync.replicas": 3 };
        await makeTopic(cluster, "strict", { ...THREE, settings });
        await makeTopic(cluster, "lenient", THREE);
        await using output = await open(cluster, { topic: "{data.to}" });
        const rows = ["strict", "lenient"].flatMap((to) =>
          range(20).map((id) => change({ id, to }))
        );
        await cluster.broker(2).process.kill();
        let isDone = false;
        const writing = output.write(batchOf(rows)).then(() => isDone = true);
        const lenient = () => readTopic(cluster.bootstrap, "lenient");
        await until(
          async () => (await lenient()).length === 20,
          () => "what can be written isn't",
        );
        assert.equal(isDone, false);
        await cluster.broker(2).process.restart();
        await writing;
        assertEquals((await readTopic(cluster.bootstrap, "strict")).length, 20);
        assertEquals((await lenient()).length, 20);
      },
    );

    await t.step(
      "a second producer at another broker with the same transactional id ends the first",
      async () => {
        await makeTopic(cluster, "fenced", THREE);
        const config = {
          topic: "fenced",
          transactions: true,
          transactional_id: "one-name",
        };
        await using first = await open(cluster.broker(1), config);
        await first.write(batchOf([change({ id: 1 })]));
        await using second = await open(cluster.broker(3), config);
        await assertRejects(
          () => first.write(batchOf([change({ id: 2 })])),
          "kafka.fenced",
        );
        await second.write(batchOf([change({ id: 3 })]));
        const values = (await readTopic(cluster.bootstrap, "fenced"))
          .map(({ value }) => JSON.parse(value!).id);
        assertEquals(values.sort(), [1, 3]);
      },
    );
  },
});

const THREE = { partitions: 3, replicas: 3 };
const BATCH = 200;

/** Writes numbered rows until it is told to end. */
class Writer implements AsyncDisposable {
  written = 0;
  #isEnding = false;

  private constructor(
    private readonly writing: (writer: Writer) => Promise<void>,
    private readonly output: AsyncDisposable,
  ) {
    this.#work = this.#run();
    this.#work.catch(() => {}); // whoever ends it hears of it
  }

  readonly #work: Promise<void>;

  static async begin(cluster: KafkaCluster, topic: string): Promise<Writer> {
    const output = await open(cluster, { topic });
    return new Writer(async (writer) => {
      const rows = range(BATCH).map((n) =>
        change({ id: n % 20, n: writer.written + n })
      );
      assertEquals(await output.write(batchOf(rows)), {});
      writer.written += BATCH;
      await new Promise((wake) => setTimeout(wake, 10));
    }, output);
  }

  async goesOn(): Promise<void> {
    const before = this.written;
    await until(() => this.written > before, () => "nothing is written");
  }

  /** @returns How many. */
  async end(): Promise<number> {
    this.#isEnding = true;
    await this.#work;
    return this.written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.output[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) await this.writing(this);
  }
}

/** A task from topic to topic, in one process. */
class Copier implements AsyncDisposable {
  count = 0;
  #isEnding = false;
  readonly #work: Promise<void>;

  private constructor(
    private readonly input: KafkaInputUnderTest,
    private readonly output: Awaited<ReturnType<typeof open>>,
  ) {
    this.#work = this.#run();
    this.#work.catch(() => {}); // whoever ends it hears of it
  }

  static async begin({ bootstrap }: KafkaCluster): Promise<Copier> {
    const input = await KafkaInputUnderTest.open({
      bootstrap_servers: bootstrap,
      topics: ["source"],
      group: "copier",
      commit: "output",
    });
    const output = await open({ bootstrap }, {
      topic: "copy",
      key: "{metadata.kafka.key}",
      transactions: true,
      transactional_id: "copier",
    });
    return new Copier(input, output);
  }

  async goesOn(): Promise<void> {
    const before = this.count;
    await until(() => this.count > before, () => "nothing is copied");
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#work;
    await this.input.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.output[Symbol.asyncDispose]();
    await this.input[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const some: Envelope[] = await this.input.takeSome(200);
      if (some.length === 0) continue;
      assertEquals(await this.output.write(batchOf(some)), {});
      await this.input.confirm();
      this.count += some.length;
    }
  }
}

/** Of partition 0, unless it is the controller: then of another one. */
async function leaderOf(cluster: KafkaCluster, topic: string): Promise<number> {
  let found: readonly number[] = [];
  await onCluster(cluster, async (each) => {
    [{ leaders: found }] = await each.refresh([topic]);
  });
  return found.find((id) => id !== 1) ?? 2;
}

function assertOnceInOrder(
  messages: readonly { key: string | null; value: string | null }[],
  count: number,
): void {
  assertEquals(messages.length, count);
  const last = new Map<string, number>();
  for (const { key, value } of messages) {
    const { n } = JSON.parse(value!) as JsonObject & { n: number };
    assert.ok(n > (last.get(key!) ?? -1), `${key}: ${n} is out of order`);
    last.set(key!, n);
  }
}
