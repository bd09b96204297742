/**
 * The test server itself, through Microsoft's client: what it must do for other
 * tests to mean something.
 *
 * @module
 */

import { ServiceBusClient } from "@azure/service-bus";
import { openAdministration } from "../../../providers/azure/mod.ts";
import { assert, assertEquals } from "../assert.ts";
import { testInOneProcess, until } from "../servicebus_output.ts";
import type { QueueOptions } from "./queue.ts";
import { Server } from "./server.ts";

/** A client of a server that is there for one test. */
async function withClient(
  use: (server: Server, client: ServiceBusClient) => Promise<void>,
): Promise<void> {
  await using server = await Server.start();
  const retryOptions = { maxRetries: 0, timeoutInMs: 5000 };
  const client = new ServiceBusClient(server.connectionString, {
    retryOptions,
  });
  try {
    await use(server, client);
  } finally {
    await client.close();
  }
}

testInOneProcess(
  "a message that is abandoned too often becomes a dead letter",
  () =>
    withClient(async (server, client) => {
      const queue = server.entities.addQueue("q", { maxDeliveryCount: 3 });
      await client.createSender("q").sendMessages({ body: 1, messageId: "a" });
      const receiver = client.createReceiver("q");
      for (let delivery = 0; delivery < 3; delivery++) {
        const [message] = await receiver.receiveMessages(1);
        assertEquals(message.deliveryCount, delivery);
        await receiver.abandonMessage(message);
      }
      assertEquals([queue.size, queue.deadLetters?.size], [0, 1]);
      const dead = client.createReceiver("q", { subQueueType: "deadLetter" });
      const [message] = await dead.receiveMessages(1);
      assertEquals(message.deadLetterReason, "MaxDeliveryCountExceeded");
      await dead.completeMessage(message);
    }),
);

testInOneProcess(
  "time makes messages visible, and takes them away",
  () =>
    withClient(async (server, client) => {
      const queue = server.entities.addQueue("q", {
        ttlMs: 500,
        deadLettersExpired: true,
      });
      const sender = client.createSender("q");
      const at = new Date(Date.now() + 300);
      await sender.scheduleMessages({ body: 1, messageId: "a" }, at);
      assertEquals(queue.scheduledCount, 1);
      await until(() => queue.scheduledCount === 0, "it is enqueued");
      await new Promise((wake) => setTimeout(wake, 600));
      const receiver = client.createReceiver("q");
      const none = await receiver.receiveMessages(1, { maxWaitTimeInMs: 100 });
      assertEquals(none, []);
      assertEquals(queue.deadLetters?.size, 1);
    }),
);

testInOneProcess(
  "duplicates are dropped, for queues and topics",
  () =>
    withClient(async (server, client) => {
      const options = { duplicateWindowMs: 60_000 };
      const queue = server.entities.addQueue("q", options);
      server.entities.addTopic("t", ["s1", "s2"], options);
      for (let n = 0; n < 3; n++) {
        await client.createSender("q").sendMessages({
          body: n,
          messageId: "a",
        });
        await client.createSender("t").sendMessages({
          body: n,
          messageId: "a",
        });
      }
      assertEquals(queue.size, 1);
      assertEquals(server.entities.source("t/Subscriptions/s2")?.size, 1);
    }),
);

testInOneProcess(
  "a message without a session is a dead letter of a subscription with sessions",
  () =>
    withClient(async (server, client) => {
      server.entities.addTopic("t", ["plain"]);
      server.entities.addSubscription("t", "s", { requiresSession: true });
      await client.createSender("t").sendMessages({ body: 1 });
      const sizes = ["plain", "s"].map((name) => {
        const queue = server.entities.source(`t/Subscriptions/${name}`)!;
        return [queue.size, queue.deadLetters!.size];
      });
      assertEquals(sizes, [[1, 0], [0, 1]]);
      const dead = client.createReceiver("t", "s", {
        subQueueType: "deadLetter",
      });
      const [message] = await dead.receiveMessages(1);
      assertEquals(message.deadLetterReason, "Session ID is null.");
      await dead.completeMessage(message);
    }),
);

testInOneProcess(
  "a lock survives the link it was had on, and can't be used any more",
  () =>
    withClient(async (server, client) => {
      const queue = server.entities.addQueue("q", { lockMs: 500 });
      await client.createSender("q").sendMessages({ body: 1 });
      const receiver = client.createReceiver("q");
      const [message] = await receiver.receiveMessages(1);
      await receiver.close();
      const [stored] = queue.messages;
      await until(() => stored.lock?.isCut !== false, "the link is gone");
      assertEquals([queue.size, queue.lockedCount], [1, 1]);
      assertEquals(queue.byToken(message.lockToken!), undefined);
      const next = client.createReceiver("q");
      const [again] = await next.receiveMessages(1);
      assertEquals(again.deliveryCount, 1);
      await next.completeMessage(again);
    }),
);

testInOneProcess(
  "a message lives no longer than its entity allows",
  () =>
    withClient(async (server, client) => {
      const queue = server.entities.addQueue("q", { ttlMs: 60_000 });
      const sender = client.createSender("q");
      for (const timeToLive of [3_600_000, 1000, undefined]) {
        await sender.sendMessages({ body: 1, timeToLive });
      }
      const [{ message }] = queue.messages;
      assertEquals(message.ttl, 60_000, "the header, as receivers get it");
      const lives = queue.messages
        .map((each) => each.expiresMs - each.enqueuedMs);
      assertEquals(lives, [60_000, 1000, 60_000]);
    }),
);

testInOneProcess(
  "management refuses what can't be, or be changed",
  async () => {
    await using server = await Server.start();
    const admin = await openAdministration({
      connectionString: server.connectionString,
      namespace: undefined,
      clientId: undefined,
    }, server.adminEndpoint);
    const create = (more: object) => admin.createQueue("q", more);
    await assert.rejects(() => create({ lockDuration: "PT6M" }), /5 minutes/);
    await create({ lockDuration: "PT5M", requiresSession: false });
    const queue = await admin.getQueue("q");
    await assert.rejects(
      () => admin.updateQueue({ ...queue, requiresSession: true }),
      /RequiresSession.* cannot be changed/s,
    );
  },
);

testInOneProcess("what the service refuses is refused", async (t) => {
  const x = "x".repeat(300_000);
  const cases: [string, Partial<QueueOptions>, object[], RegExp][] = [
    ["a message beyond the limit", {}, [{ body: x }], /exceeds the limit/],
    ["no session where one is needed", { requiresSession: true }, [
      { body: 1 },
    ], /SessionId was not set/],
    ["several sessions in one batch of a partitioned queue", {
      requiresSession: true,
      isPartitioned: true,
    }, [
      { body: 1, sessionId: "a" },
      { body: 2, sessionId: "b" },
    ], /one partition key/],
  ];
  for (const [name, options, messages, reason] of cases) {
    await t.step(name, () =>
      withClient(async (server, client) => {
        server.maxMessageBytes = 256 * 1024;
        server.entities.addQueue("q", options);
        const sender = client.createSender("q");
        const list = messages as { body: unknown }[];
        const all = list.length === 1 ? list[0] : list;
        await assert.rejects(() => sender.sendMessages(all), reason);
      }));
  }
});
