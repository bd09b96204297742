import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import type { Queue } from "../../../tests/support/servicebus/queue.ts";
import { message, types } from "../../../tests/support/servicebus/rhea.ts";
import { Server } from "../../../tests/support/servicebus/server.ts";
import {
  batchOfText,
  InputUnderTest,
  OutputUnderTest,
  testInOneProcess,
  until,
} from "../../../tests/support/servicebus_output.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Puts a message with this body into a queue. */
function put(queue: Queue, body: string | Uint8Array, more: JsonObject = {}) {
  const bytes = Buffer.from(body as string);
  queue.put({ body: message.data_section(bytes), ...more }, Date.now());
}

function keptOf({ metadata }: { metadata: JsonObject }) {
  return metadata.servicebus as JsonObject;
}

testInOneProcess(
  "a message is completed when it is delivered, not before",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    for (const n of numbers(10)) put(queue, String(n));
    await using input = await InputUnderTest.open(server, { queue: "orders" });
    const taken = await input.take(10);
    assertEquals(taken.map(({ data }) => data), numbers(10));
    assertEquals([queue.size, queue.lockedCount], [10, 10]);
    await input.deliver();
    await until(() => queue.size === 0, "all are completed");
  },
);

testInOneProcess(
  "a stop gives back what wasn't handed over, and waits for the rest",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    for (const n of numbers(2000)) put(queue, String(n));
    await using input = await InputUnderTest.open(server, {
      queue: "orders",
      max_unsettled: 1000,
    });
    await input.take(1);
    await until(() => queue.lockedCount === 1000, "all that may be are locked");
    input.stop.abort();
    await input.take(Infinity); // up to the end
    await input.deliver();
    await input.end();
    assertEquals(queue.lockedCount, 0);
    assert.ok(queue.size >= 1000 && queue.size < 2000, String(queue.size));
  },
);

testInOneProcess(
  "what was never confirmed comes again after the end",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    put(queue, "1");
    const input = await InputUnderTest.open(server, { queue: "orders" });
    await input.take(1);
    await input.end();
    await until(() => queue.lockedCount === 0, "it was abandoned");
    await using again = await InputUnderTest.open(server, { queue: "orders" });
    const [envelope] = await again.take(1);
    assertEquals(keptOf(envelope).delivery_count, 1);
  },
);

testInOneProcess("only so many are unsettled at once", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  for (const n of numbers(100)) put(queue, String(n));
  await using input = await InputUnderTest.open(server, {
    queue: "orders",
    max_unsettled: 7,
  });
  const data: Json[] = [];
  while (data.length < 100) {
    const some = await input.take(Math.min(7, 100 - data.length));
    data.push(...some.map((each) => each.data));
    assert.ok(queue.lockedCount <= 7, String(queue.lockedCount));
    await input.deliver();
  }
  assertEquals(data, numbers(100));
});

testInOneProcess("locks are renewed as long as an output needs", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders", { lockMs: 600 });
  // Two deliveries with one id: the client's own renewal would lose one.
  for (const n of numbers(3)) put(queue, String(n), { message_id: "same" });
  await using input = await InputUnderTest.open(server, { queue: "orders" });
  await input.take(3);
  const tokens = queue.messages.map(({ lock }) => lock?.token);
  const [{ lock: first }] = queue.messages;
  const longAfterMs = first!.untilMs + 3 * 600;
  await until(
    () => queue.messages.every(({ lock }) => lock!.untilMs > longAfterMs),
    "each is renewed again and again",
  );
  assertEquals(queue.messages.map(({ lock }) => lock?.token), tokens);
  await input.deliver();
  await until(() => queue.size === 0, "all are completed");
});

testInOneProcess(
  "a message whose lock ran out before it was handed over isn't",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders", { lockMs: 400 });
    put(queue, "1");
    await using input = await InputUnderTest.open(server, {
      queue: "orders",
      lock_renewal: 0,
    });
    const [stored] = queue.messages;
    await until(() => stored.deliveryCount === 2, "it has come again");
    const envelopes = await input.takeSome();
    assertEquals(envelopes.map((each) => keptOf(each).delivery_count), [1]);
    assert.match(input.log.warnings.join(), /not settled and come again/);
  },
);

testInOneProcess(
  "a lock that was lost is said, and the message comes again",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders", { lockMs: 300 });
    put(queue, "1");
    await using input = await InputUnderTest.open(server, {
      queue: "orders",
      lock_renewal: 0,
    });
    await input.take(1);
    const [{ lock }] = queue.messages;
    await until(() => queue.messages[0]?.lock !== lock, "the lock runs out");
    await input.deliver();
    const [again] = await input.take(1);
    assertEquals(again.data, 1);
    await until(
      () => /not settled and come again/.test(input.log.warnings.join()),
      "the loss is said",
    );
  },
);

// The client leaves timers behind where a connection breaks.
testInOneProcess({
  name: "a connection that breaks costs repeats, no messages",
  sanitizeOps: false,
  fn: async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders", { lockMs: 1000 });
    for (const n of numbers(300)) put(queue, String(n));
    await using input = await InputUnderTest.open(server, {
      queue: "orders",
      max_unsettled: 50,
      lock_renewal: 0,
      idle_timeout: 2500,
    });
    const seen = new Set<Json>();
    let taken = 0;
    let isBroken = false;
    for (let some; (some = await input.takeSome()).length > 0;) {
      for (const { data } of some) seen.add(data);
      taken += some.length;
      if (taken >= 100 && !isBroken) {
        isBroken = true;
        server.dropConnections();
      }
      await input.deliver();
    }
    assertEquals(seen.size, 300);
    await until(() => queue.size === 0, "all are completed");
  },
});

testInOneProcess("bodies of every kind", async (t) => {
  const cases: [string, string, string | Uint8Array, Json, string][] = [
    ["JSON", "auto", '{"a": 1}', { a: 1 }, "json"],
    ["JSON on several lines", "auto", '{\n"a":\r\n1}', { a: 1 }, "json"],
    ["text", "auto", "not {json", "not {json", "text"],
    ["bytes", "auto", Uint8Array.of(255, 0), "/wA=", "base64"],
    ["JSON as text", "text", "[1]", "[1]", "text"],
    ["JSON as base64", "base64", "[1]", "WzFd", "base64"],
    ["an envelope", "envelope", '{"metadata":{"n":1},"data":[1]}', [1], "json"],
  ];
  for (const [name, format, body, data, kind] of cases) {
    await t.step(name, async () => {
      await using server = await Server.start();
      put(server.entities.addQueue("orders"), body);
      await using input = await InputUnderTest.open(server, {
        queue: "orders",
        format,
      });
      const [envelope] = await input.take(1);
      assertEquals(envelope.data, data);
      assertEquals(keptOf(envelope).body, kind);
      const isEnvelope = format === "envelope";
      assertEquals(envelope.metadata.n, isEnvelope ? 1 : undefined);
    });
  }
});

testInOneProcess(
  "a body that is none fails the task, or becomes a dead letter",
  async (t) => {
    const open = async (server: Server, more: JsonObject) => {
      const queue = server.entities.addQueue("orders");
      for (const body of ["1", "no json", "3"]) put(queue, body);
      const config = { queue: "orders", format: "json", ...more };
      return { queue, input: await InputUnderTest.open(server, config) };
    };
    await t.step("fails", async () => {
      await using server = await Server.start();
      const { input } = await open(server, {});
      await assert.rejects(
        () => input.take(3),
        /message 2 of orders: the body is not JSON/,
      );
      await input[Symbol.asyncDispose]();
    });
    await t.step("dead letter", async () => {
      await using server = await Server.start();
      const { queue, input } = await open(server, {
        on_invalid: "dead_letter",
      });
      const taken = await input.take(2);
      assertEquals(taken.map(({ data }) => data), [1, 3]);
      await until(() => queue.deadLetters?.size === 1, "it is buried");
      await input[Symbol.asyncDispose]();
      await using dead = await InputUnderTest.open(server, {
        queue: "orders",
        dead_letters: true,
      });
      const [envelope] = await dead.take(1);
      assertEquals(envelope.data, "no json");
      const kept = keptOf(envelope);
      assertEquals(kept.dead_letter_reason, "dstream: invalid body");
      assertEquals(kept.source, "orders (dead letters)");
    });
  },
);

testInOneProcess("a subscription of a topic is a source", async () => {
  await using server = await Server.start();
  server.entities.addTopic("events", ["sub1"]);
  put(server.entities.source("events/Subscriptions/sub1")!, "1");
  await using input = await InputUnderTest.open(server, {
    topic: "events",
    subscription: "sub1",
  });
  const [{ data }] = await input.take(1);
  assertEquals(data, 1);
});

testInOneProcess(
  "through both providers a message stays what it was",
  async (t) => {
    const properties = {
      text: "a",
      whole: 3,
      part: 1.5,
      yes: true,
      time: types.wrap_timestamp(1_700_000_000_000),
      bytes: types.wrap_binary(Buffer.from([1, 2, 255])),
    };
    const sent = {
      message_id: "id-1",
      correlation_id: "c",
      subject: "s",
      content_type: "text/x",
      to: "t",
      reply_to: "r",
      reply_to_group_id: "rg",
      group_id: "session",
      ttl: 86_400_000,
      message_annotations: { "x-opt-partition-key": "session" },
      application_properties: properties,
    };
    const bodies: [string, string | Uint8Array, string][] = [
      ["JSON", '{"n":12345678901234567890,"x":1.0}', "auto"],
      ["an envelope", '{"data":{"n":1.0},"metadata":{"a":1.0}}', "auto"],
      ["text", "plain", "auto"],
      ["bytes", Uint8Array.of(0, 255, 128), "auto"],
    ];
    for (const [name, body, format] of bodies) {
      await t.step(name, async () => {
        await using server = await Server.start();
        const from = server.entities.addQueue("from", {
          requiresSession: true,
        });
        const to = server.entities.addQueue("to");
        const section = message.data_section(Buffer.from(body as string));
        const whole = message.encode({ body: section, ...sent });
        from.put(message.decode(whole), Date.now());
        await using input = await InputUnderTest.open(server, {
          queue: "from",
          format,
        });
        const [envelope] = await input.take(1);
        await using output = await OutputUnderTest.open(server, {
          queue: "to",
        });
        const line = JSON.stringify(envelope);
        // As the kit passes it on: without parsing it.
        const exact = line.replace(
          '"n":12345678901234567000',
          '"n":12345678901234567890',
        )
          .replace('"x":1}', '"x":1.0}').replace('"n":1}', '"n":1.0}')
          .replace('"a":1}', '"a":1.0}');
        await output.write(batchOfText(`${exact}\n`));
        const [before] = from.messages;
        const [after] = to.messages;
        assertEquals(after.message.body.content, before.message.body.content);
        for (const key of Object.keys(sent)) {
          const wanted = before.message[key];
          assertEquals(plain(after.message[key]), plain(wanted), key);
        }
      });
    }
  },
);

/** rhea's objects as plain ones. */
function plain(value: unknown): unknown {
  const isPlainObject = typeof value === "object" && value !== null &&
    !(value instanceof Date) && !(value instanceof Uint8Array);
  return isPlainObject ? { ...value } : value;
}

testInOneProcess("wrong sources are errors of their keys", async (t) => {
  const cases: [string, JsonObject, string][] = [
    ["no such queue", { queue: "nope" }, "config.queue"],
    [
      "no such subscription",
      { topic: "nope", subscription: "s" },
      "config.subscription",
    ],
  ];
  for (const [name, config, path] of cases) {
    await t.step(name, async () => {
      await using server = await Server.start();
      await assert.rejects(
        () => InputUnderTest.open(server, config),
        (error: Error & { path?: string }) => {
          assertEquals(error.path, path);
          assert.match(error.message, /does not exist/);
          return true;
        },
      );
    });
  }
});
