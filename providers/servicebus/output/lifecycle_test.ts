import type { JsonObject, LifecycleContext, Report } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { Server } from "../../../tests/support/servicebus/server.ts";
import {
  Log,
  outputConfig,
  testInOneProcess,
} from "../../../tests/support/servicebus_output.ts";
import { destroy, init, plan, status } from "./lifecycle.ts";

const TABLES: JsonObject = {
  tables: ["Cars", "sales.Orders"],
  table_entities: "topics",
  source_host: "srv",
  source_database: "Db",
  entities: { queues: ["ingest"], lock_duration: "1m" },
};

function setUp(server: Server, config: JsonObject) {
  const values = outputConfig({
    connection_string: server.connectionString,
    admin_endpoint: server.adminEndpoint,
    ...config,
  });
  const log = new Log();
  const context: LifecycleContext = {
    taskName: undefined,
    log,
    signal: new AbortController().signal,
  };
  return { values, context, log };
}

function actions({ changes = [] }: Report): string[] {
  return changes.map(({ action, type, name }) => `${action} ${type} ${name}`);
}

testInOneProcess(
  "init makes a topic with sub1 for each table, once",
  async () => {
    await using server = await Server.start();
    const { values, context } = setUp(server, TABLES);
    const wanted = [
      "create queue ingest",
      "create topic srv.Db.Cars.events",
      "create subscription srv.Db.Cars.events/sub1",
      "create topic srv.Db.sales.Orders.events",
      "create subscription srv.Db.sales.Orders.events/sub1",
    ];
    assertEquals(actions(await plan(values, context)), wanted);
    assertEquals(server.entities.queues.size, 0);
    assertEquals(actions(await init(values, context)), wanted);
    const again = await init(values, context);
    const nothing = wanted.map((line) => line.replace("create", "none"));
    assertEquals(actions(again), nothing);
    assert.ok(server.entities.source("srv.Db.Cars.events/Subscriptions/sub1"));
    const { resources = [] } = await status(values, context);
    assertEquals(resources.map(({ state }) => state), Array(5).fill("there"));
  },
);

testInOneProcess("a queue is made with the options of the config", async () => {
  await using server = await Server.start();
  const { values, context } = setUp(server, {
    queue: "orders",
    entities: {
      lock_duration: "90s",
      max_delivery_count: 1000,
      duplicate_detection: "10m",
      sessions: true,
      partitioned: true,
      message_ttl: "2h",
      dead_letter_expired: true,
    },
  });
  await init(values, context);
  assertEquals(server.entities.source("orders")?.options, {
    lockMs: 90_000,
    maxDeliveryCount: 1000,
    requiresSession: true,
    duplicateWindowMs: 600_000,
    ttlMs: 7_200_000,
    deadLettersExpired: true,
    isPartitioned: true,
  });
});

testInOneProcess(
  "what can be changed is changed, what can't is said",
  async () => {
    await using server = await Server.start();
    server.entities.addQueue("orders", { lockMs: 60_000, maxDeliveryCount: 3 });
    const { values, context, log } = setUp(server, {
      queue: "orders",
      entities: { lock_duration: "30s", sessions: true },
    });
    assertEquals(actions(await plan(values, context)), ["update queue orders"]);
    await init(values, context);
    const { options } = server.entities.source("orders")!;
    assertEquals([options.lockMs, options.maxDeliveryCount], [30_000, 3]);
    assert.match(log.warnings[0], /another sessions, which can't be changed/);
    assertEquals(actions(await plan(values, context)), ["none queue orders"]);
  },
);

testInOneProcess(
  "destroy removes what the config names and nothing else",
  async () => {
    await using server = await Server.start();
    server.entities.addQueue("mine");
    const { values, context } = setUp(server, TABLES);
    await init(values, context);
    server.entities.addSubscription("srv.Db.Cars.events", "somebody-elses");
    await destroy(values, context);
    assertEquals([...server.entities.queues.keys()], ["mine"]);
    assertEquals(server.entities.topics.size, 0);
    const again = await destroy(values, context);
    assert.ok(actions(again).every((line) => line.startsWith("none")));
  },
);

testInOneProcess(
  "destinations by expression are none to make, which is said",
  async () => {
    await using server = await Server.start();
    const { values, context } = setUp(server, { topic: "{metadata.to}" });
    const report = await plan(values, context);
    assertEquals(report.changes, []);
    assert.match(report.message ?? "", /entities \{ queues, topics \}/);
  },
);
