/**
 * The Kafka output while brokers are away, full, forbidding or replaced.
 *
 * @module
 */

import { Cluster } from "../../providers/kafka/connection/cluster.ts";
import { addPartitions } from "../../providers/kafka/connection/topics.ts";
import { cut } from "../../providers/kafka/output/partition_queues.ts";
import { Producer } from "../../providers/kafka/output/producer.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { kafkaOutputConfig } from "../support/kafka/output_under_test.ts";
import { change, open, range, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { batchOf, Log } from "../support/servicebus_output.ts";
import { until } from "../support/until.ts";

const ignore = !needs("kafka") || !needs("kafka-client");

Deno.test({
  name: "the kafka output while its broker comes and goes",
  ignore,
  fn: async (t) => {
    await using server = await startKafka();

    await t.step(
      "a broker killed in full flow leaves nothing lost or doubled, and the order per key",
      async () => {
        const topic = await Topic.make(server, { partitions: 3 });
        await using output = await topic.open();
        let written = 0;
        let isDone = false;
        const writing = (async () => {
          while (!isDone) {
            const rows = range(2000).map((n) =>
              change({ id: n % 50, n: written + n, text: "x".repeat(200) })
            );
            assertEquals(await output.write(batchOf(rows)), {});
            written += rows.length;
          }
        })();
        for (let kill = 0; kill < 2; kill++) {
          const before = written;
          await until(() => written > before + 20_000, () => "it writes");
          await server.process.kill();
          await server.process.restart();
        }
        const before = written;
        await until(() => written > before, () => "it does not go on");
        isDone = true;
        await writing;
        const found = await topic.read();
        assertEquals(found.length, written);
        const last = new Map<string, number>();
        for (const { key, value } of found) {
          const { n } = JSON.parse(value!);
          assert.ok(n > (last.get(key!) ?? -1), `${key} is out of order`);
          last.set(key!, n);
        }
      },
    );

    await t.step(
      "an unreachable cluster is waited for within write, with backoff",
      async () => {
        const topic = await Topic.make(server);
        await using output = await topic.open();
        await output.write(batchOf([change({ id: 1 })]));
        await server.process.stop();
        const writing = output.write(batchOf([change({ id: 2 })]));
        await until(
          () => output.log.warnings.some((text) => /trying again/.test(text)),
          () => "it says nothing",
        );
        await server.process.restart();
        assertEquals(await writing, {});
        assertEquals((await topic.values()).length, 2);
      },
    );

    await t.step("a stop ends the waiting", async () => {
      const topic = await Topic.make(server);
      await using output = await topic.open();
      await output.write(batchOf([change({ id: 1 })]));
      await server.process.stop();
      const writing = output.write(batchOf([change({ id: 2 })]));
      setTimeout(() => output.stop.abort(), 500);
      await assert.rejects(() => writing, /cannot write to Kafka/);
      await server.process.restart();
    });

    await t.step("waiting has an end", async () => {
      const topic = await Topic.make(server);
      await using output = await topic.open({ retry_timeout: "1s" });
      await output.write(batchOf([change({ id: 1 })]));
      await server.process.stop();
      await assert.rejects(
        () => output.write(batchOf([change({ id: 2 })])),
        /cannot write to Kafka: nobody listens there/,
      );
      await server.process.restart();
    });

    await t.step(
      "a growing number of partitions is noticed and logged",
      async () => {
        const topic = await Topic.make(server, { partitions: 1 });
        await using output = await topic.open();
        await output.write(batchOf(range(20).map((id) => change({ id }))));
        const config = kafkaOutputConfig({
          bootstrap_servers: server.bootstrap,
          topic: topic.name,
        });
        await using cluster = await Cluster.open(config, new Log());
        await addPartitions(cluster, topic.name, 4);
        output.clock.shiftMs = 61_000;
        await until(async () => {
          await output.write(batchOf(range(20).map((id) => change({ id }))));
          return output.log.warnings.length > 0;
        }, () => "it is not noticed");
        assert.match(output.log.warnings[0], /another number of partitions/);
        assert.ok((await topic.read()).some(({ partition }) => partition > 0));
      },
    );

    await t.step(
      "a producer whose numbers are out of order ends, and a new one goes on",
      async () => {
        const topic = await Topic.make(server);
        const identity = { producerId: 4_000_000n, producerEpoch: 0 };
        await sendAs(server, topic.name, identity, 3);
        await assert.rejects(
          () => sendAs(server, topic.name, identity, 2),
          /OUT_OF_ORDER_SEQUENCE_NUMBER.*begins anew/,
        );
        await using next = await topic.open();
        await next.write(batchOf([change({ id: 3 })]));
        assertEquals((await topic.values()).length, 4);
      },
    );
  },
});

Deno.test({
  name: "missing rights are final and name the topic and the operation",
  ignore,
  fn: async () => {
    await using server = await startKafka({
      "authorizer.class.name":
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:ANONYMOUS",
    });
    const topic = await Topic.make(server);
    const allow = (...operations: string[]) =>
      server.tool("kafka.admin.AclCommand", [
        "--bootstrap-server",
        server.bootstrap,
        "--add",
        "--allow-principal",
        `User:${server.user}`,
        "--topic",
        topic.name,
        ...operations.flatMap((one) => ["--operation", one]),
      ]);
    const sasl = {
      mechanism: "SCRAM-SHA-512",
      username: server.user,
      password: server.password,
    };
    const config = {
      bootstrap_servers: server.saslBootstrap,
      topic: topic.name,
      sasl,
    };
    await allow("Describe");
    await assert.rejects(
      () => open(server, config),
      /don't allow to write/,
    );
    await server.tool("kafka.admin.AclCommand", [
      "--bootstrap-server",
      server.bootstrap,
      "--add",
      "--allow-principal",
      `User:${server.user}`,
      "--cluster",
      "--operation",
      "IdempotentWrite",
    ]);
    await using output = await open(server, config);
    await assert.rejects(
      () => output.write(batchOf([change({ id: 1 })])),
      (error: Error) => {
        assertEquals(error.name, "FinalError");
        assert.ok(error.message.includes(`write to the topic "${topic.name}"`));
        return true;
      },
    );
    await allow("Write");
    assertEquals(await output.write(batchOf([change({ id: 1 })])), {});
    await assert.rejects(
      () => open(server, { ...config, topic: "other", create_topics: true }),
      /don't allow to create the topic "other"/,
    );
  },
});

/** Sends messages as somebody the brokers may know already. */
async function sendAs(
  { bootstrap }: Kafka,
  topic: string,
  identity: { readonly producerId: bigint; readonly producerEpoch: number },
  count: number,
): Promise<void> {
  const config = kafkaOutputConfig({ bootstrap_servers: bootstrap, topic });
  await using cluster = await Cluster.open(config, new Log());
  const ask = cluster.ask.bind(cluster);
  cluster.ask = <T>(broker: number | "any", name: string, args: unknown[]) =>
    name === "InitProducerId"
      ? Promise.resolve({ errorCode: 0, ...identity } as T)
      : ask<T>(broker, name, args);
  const producer = new Producer(cluster, config);
  await producer.begin();
  await cluster.refresh([topic]);
  const record = { topic, key: null, value: "x", headers: [], timestampMs: 1 };
  const messages = range(count).map((index) => ({ index, ...record }));
  const { library } = cluster;
  const options = {
    library,
    compression: "none" as const,
    batchBytes: 1e6,
    tooLarge() {},
  };
  const known = { name: topic, partitions: 1, limitBytes: 1e6 };
  const chunks = cut(messages, { ...known, isCompacted: false }, options);
  await producer.send([{ topic, partition: 0, chunks }], {
    signal: new AbortController().signal,
    log: new Log(),
    sleep: () => Promise.resolve(),
    monotonicMs: () => performance.now(),
    split: () => [],
    refused() {},
  });
}
