import { randomFrom } from "../../../tests/support/random.ts";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  INTERNAL_ERROR,
  QUOTA_EXCEEDED,
  SERVER_BUSY,
} from "../../../tests/support/servicebus/faults.ts";
import { Server } from "../../../tests/support/servicebus/server.ts";
import {
  batchOf,
  batchOfText,
  bodiesOf,
  bodyText,
  envelopesOf,
  OutputUnderTest,
  testInOneProcess,
} from "../../../tests/support/servicebus_output.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const MIB = 1024 * 1024;

testInOneProcess("envelopes arrive in order, in few batches", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  await using output = await OutputUnderTest.open(server, { queue: "orders" });
  assertEquals(await output.write(batchOf(envelopesOf(numbers(10_000)))), {});
  assertEquals(bodiesOf(queue), numbers(10_000));
  assertEquals(server.sends.map(({ count }) => count), [4500, 4500, 1000]);
});

testInOneProcess(
  "no batch is larger than 1 MiB, though the link takes more",
  async () => {
    await using server = await Server.start({ maxMessageBytes: 100 * MIB });
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    const data = numbers(30).map((n) => `${n} ${"x".repeat(100_000)}`);
    assertEquals(await output.write(batchOf(envelopesOf(data))), {});
    assertEquals(bodiesOf(queue), data);
    assert.ok(server.sends.every(({ count }) => count <= 10));
  },
);

testInOneProcess("each envelope goes where the expression says", async () => {
  await using server = await Server.start();
  server.entities.addTopic("a.events", ["sub1", "sub2"]);
  server.entities.addTopic("b.events");
  await using output = await OutputUnderTest.open(server, {
    topic: "{metadata.Destination}",
    max_senders: 1,
  });
  const to = (Destination: string, data: number) => ({
    data,
    metadata: { Destination },
  });
  const rejected = await output.write(batchOf([
    to("a.events", 1),
    to("B.Events", 2),
    { data: 3, metadata: {} },
    to("nowhere", 4),
    to("a.events", 5),
  ]));
  const there = (path: string) => bodiesOf(server.entities.source(path)!);
  assertEquals(there("a.events/Subscriptions/sub1"), [1, 5]);
  assertEquals(there("a.events/Subscriptions/sub2"), [1, 5]);
  assertEquals(there("b.events/Subscriptions/sub1"), [2]);
  assertEquals(Object.keys(rejected), ["2", "3"]);
  assert.match(rejected[2], /^destination: .*Destination.* has no value/);
  assert.match(rejected[3], /^destination: cannot send to "nowhere"/);
});

testInOneProcess(
  "tables go to the queues that upstream has for them",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("localhost-test-db-cars");
    await using output = await OutputUnderTest.open(server, {
      resourceGroup: "rg",
      namespace: "ignored",
      sourceHost: "localhost",
      sourceDatabase: "TestDB",
      tables: ["dbo.Cars"],
    });
    const of = (TableName: string) => ({ data: 1, metadata: { TableName } });
    const change = { data: 2, metadata: { table: "Cars" } };
    const batch = batchOf([of("Cars"), of("Planes"), change]);
    const rejected = await output.write(batch);
    assertEquals(bodiesOf(queue), [1, 2]);
    assert.match(rejected[1], /"Planes" is not one of tables/);
  },
);

testInOneProcess(
  "a message has all that is configured, and digits stay",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
      message_id: "m-{data.id}",
      session_id: "{metadata.table}",
      correlation_id: "{data.missing}",
      subject: "{metadata.op}",
      time_to_live: "1h",
      application_properties: { region: "{data.region}", fixed: "x" },
    });
    const data = '{"id":12345678901234567890,"price":1.50,"region":"eu"}';
    const metadata =
      '{"table":"Cars","op":"Insert","n":7,"big":9007199254740993}';
    await output.write(
      batchOfText(`{"data":${data},"metadata":${metadata}}\n`),
    );
    const [{ message }] = queue.messages;
    assertEquals(bodyText(message), data);
    assertEquals(message.message_id, "m-12345678901234567890");
    assertEquals(message.group_id, "Cars");
    assertEquals(message.correlation_id, undefined);
    assertEquals(message.subject, "Insert");
    assertEquals(message.content_type, "application/json");
    assertEquals(message.ttl, 3_600_000);
    assertEquals({ ...message.application_properties }, {
      table: "Cars",
      op: "Insert",
      n: 7,
      big: "9007199254740993",
      region: "eu",
      fixed: "x",
    });
  },
);

testInOneProcess("the body may be the whole envelope", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  await using output = await OutputUnderTest.open(server, {
    queue: "orders",
    body: "envelope",
  });
  await output.write(batchOfText(
    '{"data":{"n":1.0},"metadata":{"a":1.0,"servicebus":{"subject":"s"}}}\n',
  ));
  const [{ message }] = queue.messages;
  assertEquals(bodyText(message), '{"data":{"n":1.0},"metadata":{"a":1.0}}');
  assertEquals(message.subject, "s");
});

testInOneProcess(
  "a scheduled message isn't there before its time",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
      scheduled_time: "{data.due}",
    });
    const due = new Date(Date.now() + 60_000).toISOString();
    const rejected = await output.write(
      batchOf(envelopesOf([{ due }, {}, { due: "soon" }])),
    );
    assertEquals(queue.messages.map(({ state }) => state), [
      "scheduled",
      "ready",
    ]);
    assert.match(rejected[2], /^invalid: scheduled_time is no time: "soon"/);
  },
);

testInOneProcess(
  "sessions go together, apart where the entity is partitioned, each in order",
  async (t) => {
    const random = randomFrom(1);
    const data = numbers(1000)
      .map((n) => ({ n, session: Math.floor(random() * 20) }));
    // Found out with the first batch, and known after that.
    const cases = [[false, 1, 2], [true, 20, 40]] as const;
    for (const [isPartitioned, firstSends, sends] of cases) {
      await t.step(
        isPartitioned ? "partitioned" : "not partitioned",
        async () => {
          await using server = await Server.start();
          const queue = server.entities.addQueue("orders", {
            requiresSession: true,
            isPartitioned,
          });
          await using output = await OutputUnderTest.open(server, {
            queue: "orders",
            session_id: "s{data.session}",
          });
          const batch = () => batchOf(envelopesOf(data));
          assertEquals(await output.write(batch()), {});
          assertEquals(server.sends.length, firstSends);
          assertEquals(await output.write(batch()), {});
          assertEquals(server.sends.length, sends);
          for (let session = 0; session < 20; session++) {
            const wanted = data.filter((each) => each.session === session);
            const there = queue.messages.filter(({ sessionId }) =>
              sessionId === `s${session}`
            ).map(({ message }) => JSON.parse(bodyText(message)));
            assertEquals(there, [...wanted, ...wanted]);
          }
        },
      );
    }
  },
);

testInOneProcess(
  "a partitioned entity with duplicate detection gets no batches",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders", {
      isPartitioned: true,
      duplicateWindowMs: 60_000,
    });
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    // Not told so, it finds out once.
    await output.write(batchOf(envelopesOf(numbers(5))));
    await output.write(batchOf(envelopesOf(numbers(10).slice(5))));
    assertEquals(bodiesOf(queue), numbers(10));
    assert.ok(server.sends.every(({ count }) => count === 1));
  },
);

// The client leaves timers behind where a connection breaks.
testInOneProcess({
  name: "faults that pass lose nothing and keep the order",
  sanitizeOps: false,
  fn: async (t) => {
    const faults: [string, (server: Server) => void][] = [
      ["throttling", (s) => s.faults.refuseSends(3, SERVER_BUSY)],
      [
        "an error inside the service",
        (s) => s.faults.refuseSends(2, INTERNAL_ERROR),
      ],
      ["a connection that breaks before", (s) => s.faults.dropBeforeSend(1)],
      ["answers that are lost", (s) => s.faults.loseAnswers(2)],
      ["a link that isn't given", (s) => {
        s.dropConnections();
        s.faults.refuseLinks(2, INTERNAL_ERROR);
      }],
    ];
    for (const [name, breakIt] of faults) {
      await t.step(name, async () => {
        await using server = await Server.start();
        const queue = server.entities.addQueue("orders", {
          duplicateWindowMs: 60_000,
        });
        await using output = await OutputUnderTest.open(server, {
          queue: "orders",
          batch: { max_messages: 100 },
        });
        breakIt(server);
        const rejected = await output.write(batchOf(envelopesOf(numbers(500))));
        assertEquals(rejected, {});
        assertEquals(bodiesOf(queue), numbers(500));
        assert.ok(output.log.warnings.length > 0);
      });
    }
  },
});

testInOneProcess(
  "throttling without an end is given up in bounded time",
  async () => {
    await using server = await Server.start();
    server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
      retry_timeout: "10s",
    });
    server.faults.refuseSends(1000, SERVER_BUSY);
    await assert.rejects(
      () => output.write(batchOf(envelopesOf([1]))),
      /cannot send to "orders": .*throttled/,
    );
  },
);

testInOneProcess(
  "a message that is refused is named, the others arrive",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    const description = "A message has a property nobody can have.";
    // The batch as a whole, then the second of its messages.
    server.faults.refuseSends(1, {
      condition: "amqp:not-allowed",
      description,
    });
    server.faults.passSends(1);
    server.faults.refuseSends(1, {
      condition: "amqp:not-allowed",
      description,
    });
    const rejected = await output.write(batchOf(envelopesOf([1, 2, 3])));
    assertEquals(bodiesOf(queue), [1, 3]);
    assertEquals(Object.keys(rejected), ["1"]);
    assert.match(rejected[1], /^refused: .*nobody can have/);
  },
);

testInOneProcess("what to do with a message that is too large", async (t) => {
  const large = "x".repeat(300_000);
  const data = [1, large, 3];
  await t.step("dead_letter rejects it and goes on", async () => {
    await using server = await Server.start({ maxMessageBytes: 256 * 1024 });
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
      oversize: "dead_letter",
    });
    const rejected = await output.write(batchOf(envelopesOf(data)));
    assertEquals(bodiesOf(queue), [1, 3]);
    assert.match(rejected[1], /^oversize: .* 300002 bytes; 262144 are/);
  });
  await t.step("fail ends the provider", async () => {
    await using server = await Server.start({ maxMessageBytes: 256 * 1024 });
    server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    await assert.rejects(
      () => output.write(batchOf(envelopesOf(data))),
      /300002 bytes/,
    );
  });
  await t.step("one that fits in no batch goes alone", async () => {
    await using server = await Server.start({ maxMessageBytes: 300_200 });
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    assertEquals(await output.write(batchOf(envelopesOf(data))), {});
    assertEquals(bodiesOf(queue), data);
  });
});

testInOneProcess(
  "an envelope sent again is dropped where duplicates are detected",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders", {
      duplicateWindowMs: 60_000,
    });
    const config = { queue: "orders" };
    for (let run = 0; run < 2; run++) {
      await using output = await OutputUnderTest.open(server, config);
      await output.write(batchOf(envelopesOf(numbers(10))));
    }
    assertEquals(bodiesOf(queue), numbers(10));
  },
);

testInOneProcess(
  "a wrong destination is an error of its key, before anything streams",
  async () => {
    await using server = await Server.start();
    await assert.rejects(
      () => OutputUnderTest.open(server, { queue: "nope" }),
      (error: Error & { path?: string }) => {
        assertEquals(error.path, "config.queue");
        assert.match(error.message, /cannot open "nope": it does not exist/);
        return true;
      },
    );
  },
);

testInOneProcess(
  "what is not a message's own fault ends the provider and rejects nothing",
  async (t) => {
    const forbidden = {
      condition: "com.microsoft:operation-cancelled",
      description: "x",
    };
    const cases = {
      "a queue that stays full": QUOTA_EXCEEDED,
      "a word we don't know": {
        condition: "com.microsoft:brand-new",
        description: "nobody knows",
      },
      "a send that was cancelled": forbidden,
    };
    for (const [name, refusal] of Object.entries(cases)) {
      await t.step(name, async () => {
        await using server = await Server.start();
        const queue = server.entities.addQueue("orders");
        await using output = await OutputUnderTest.open(server, {
          queue: "orders",
          retry_timeout: "1s",
        });
        server.faults.refuseSends(1000, refusal);
        const batch = batchOf(envelopesOf([1, 2, 3]));
        await assert.rejects(() => output.write(batch), /cannot send/);
        assertEquals([batch.rejections.size, queue.size], [0, 0]);
      });
    }
  },
);

testInOneProcess(
  "a link that is closed in the middle of a send shows why at once",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    await output.write(batchOf(envelopesOf([1])));
    server.faults.detachSends(1);
    const startMs = performance.now();
    assertEquals(await output.write(batchOf(envelopesOf([2]))), {});
    assert.ok(performance.now() - startMs < 15_000, "it waited its time out");
    assertEquals(bodiesOf(queue), [1, 2]);
    assert.ok(output.log.warnings.some((each) => /maximum entity/.test(each)));
  },
);

testInOneProcess(
  "properties that no message takes are rejected by their name",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("orders");
    await using output = await OutputUnderTest.open(server, {
      queue: "orders",
    });
    const big = "x".repeat(33 * 1024);
    const half = "x".repeat(30 * 1024);
    const rejected = await output.write(batchOf([
      { data: 1, metadata: { big } },
      { data: 2, metadata: { a: half, b: half, c: half } },
      { data: 3, metadata: { a: half } },
    ]));
    assert.match(rejected[0], /the property "big" has \d+ bytes/);
    assert.match(rejected[1], /the properties have \d+ bytes/);
    assertEquals(bodiesOf(queue), [3]);
  },
);

testInOneProcess("a property without a value goes on without one", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  await using output = await OutputUnderTest.open(server, { queue: "orders" });
  const application_properties = { none: null, text: "x" };
  const metadata = { servicebus: { body: "json", application_properties } };
  assertEquals(await output.write(batchOf([{ data: 1, metadata }])), {});
  const [{ message }] = queue.messages;
  assertEquals(message.application_properties, application_properties);
});
