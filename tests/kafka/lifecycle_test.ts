/**
 * `plan`, `init`, `status` and `destroy` of both Kafka sides.
 *
 * @module
 */

import type { JsonObject, LifecycleContext, Report } from "@dstream/sdk";
import {
  destroy,
  init,
  plan,
  status,
} from "../../providers/kafka/output/lifecycle.ts";
import * as input from "../../providers/kafka/input/lifecycle.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  kafkaInputConfig,
  KafkaInputUnderTest,
} from "../support/kafka/input_under_test.ts";
import { kafkaOutputConfig } from "../support/kafka/output_under_test.ts";
import { range, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { batchOf, Log } from "../support/servicebus_output.ts";

const ignore = !needs("kafka");

Deno.test({
  name: "init makes topics with partitions and settings, and plan says what",
  ignore,
  fn: async () => {
    await using server = await startKafka();
    const topics = {
      tables: ["orders", "sales.items"],
      partitions: 3,
      replication_factor: 1,
      cleanup_policy: "compact",
      retention: "24h",
    };
    const { values, context, log } = setUp(server, { topics });
    const names = ["topic shop.orders", "topic shop.sales.items"];
    assertEquals(
      actions(await plan(values, context)),
      names.map((name) => `create ${name}`),
    );
    await init(values, context);
    assertEquals(
      actions(await init(values, context)),
      names.map((name) => `none ${name}`),
    );
    const { resources } = await status(values, context);
    assertEquals(resources![0], {
      type: "topic",
      name: "shop.orders",
      state: "there",
      partitions: 3,
      replication_factor: 1,
      without_leader: 0,
    });
    const described = await server.tool(
      "org.apache.kafka.tools.TopicCommand",
      ["--bootstrap-server", server.bootstrap, "--describe"],
    );
    assert.match(described, /shop\.orders\s.*PartitionCount: 3/);
    assert.match(described, /cleanup\.policy=compact/);
    assert.match(described, /retention\.ms=86400000/);

    const more = setUp(server, {
      topics: { ...topics, partitions: 5, retention: "48h" },
    });
    const changed = await plan(more.values, more.context);
    assertEquals(changed.changes![0].changes, "partitions, retention.ms");
    await init(more.values, more.context);
    const after = await status(more.values, more.context);
    assertEquals(after.resources![0].partitions, 5);
    await plan(values, context);
    assert.match(log.warnings[0], /5 partitions; partitions can't be taken/);

    assertEquals(
      actions(await destroy(values, context)),
      names.map((name) => `delete ${name}`),
    );
    assertEquals(
      actions(await destroy(values, context)),
      names.map((name) => `none ${name}`),
    );
    const unknown = setUp(server, {});
    const report = await plan(unknown.values, unknown.context);
    assert.match(report.message!, /known from the envelopes alone/);
  },
});

Deno.test({
  name:
    "the input's plan explains who shares the group, and status the lag of each partition",
  ignore,
  fn: async () => {
    await using server = await startKafka();
    const topic = await Topic.make(server, { partitions: 2 });
    await using output = await topic.open();
    await output.write(
      batchOf(range(30).map((id) => ({ data: { id }, metadata: {} }))),
    );
    const given = {
      bootstrap_servers: server.bootstrap,
      topics: [topic.name],
      group: "shared",
    };
    const values = kafkaInputConfig(given);
    const { context } = setUp(server, {});
    const fresh = await input.plan(values, context);
    assertEquals(actions(fresh), [
      `none topic ${topic.name}`,
      "create consumer group shared",
    ]);
    assertEquals(fresh.message, undefined);
    {
      const member = await KafkaInputUnderTest.open({
        ...given,
        client_id: "the-other",
      });
      await member.take(30);
      const shared = await input.plan(values, context);
      assert.match(
        shared.message!,
        /the group has 1 members \(the-other .*\): a run of this task shares/,
      );
      await member.confirm();
      await member.end();
    }
    await output.write(batchOf([{ data: { id: 30 }, metadata: {} }]));
    const { resources, message } = await input.status(values, context);
    const lags = resources!.map(({ name, committed, end, lag }) => ({
      name,
      isRight: lag === Number(end) - Number(committed ?? 0),
    }));
    assertEquals(lags, [
      { name: `${topic.name}/0`, isRight: true },
      { name: `${topic.name}/1`, isRight: true },
    ]);
    assert.match(message!, /has 0 members and is 1 messages behind/);
    assertEquals(actions(await input.destroy(values, context)), [
      "delete consumer group shared",
    ]);
  },
});

function setUp(server: Kafka, config: JsonObject) {
  const values = kafkaOutputConfig({
    bootstrap_servers: server.bootstrap,
    topic_prefix: "shop",
    ...config,
  });
  const log = new Log();
  const { signal } = new AbortController();
  const context: LifecycleContext = { taskName: undefined, log, signal };
  return { values, context, log };
}

function actions({ changes = [] }: Report): string[] {
  return changes.map(({ action, type, name }) => `${action} ${type} ${name}`);
}
