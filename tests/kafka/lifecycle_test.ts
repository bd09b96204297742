/**
 * `plan`, `init`, `status` and `destroy` of the Kafka output.
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
import { assert, assertEquals } from "../support/assert.ts";
import { kafkaOutputConfig } from "../support/kafka/output_under_test.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { Log } from "../support/servicebus_output.ts";

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
