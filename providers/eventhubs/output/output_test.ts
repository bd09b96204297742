import {
  earliestEventPosition,
  EventHubConsumerClient,
} from "@azure/event-hubs";
import { type JsonObject, parseConfig } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { EventHubsServer } from "../../../tests/support/servicebus/event_hubs.ts";
import { SERVER_BUSY } from "../../../tests/support/servicebus/faults.ts";
import {
  batchOf,
  bodyText,
  Log,
  openContext,
  testInOneProcess,
  until,
} from "../../../tests/support/servicebus_output.ts";
import { config } from "./config.ts";
import { EventHubsOutput } from "./output.ts";

/** Writes envelopes. @returns Why some were rejected. */
async function write(
  server: EventHubsServer,
  given: JsonObject,
  envelopes: readonly JsonObject[],
): Promise<string[]> {
  const { values, problems } = parseConfig(config, {
    connection_string: server.connectionString,
    event_hub: "hub",
    ...given,
  });
  assert.ok(values, JSON.stringify(problems));
  const log = new Log();
  const { signal } = new AbortController();
  const output = await EventHubsOutput.open(values, openContext(log));
  try {
    const batch = batchOf(envelopes);
    await output.write(batch, {
      log,
      signal,
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms / 20)),
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      print: () => Promise.resolve(),
      hasColours: false,
      settled: () => {},
      reject: () => {},
    });
    return [...batch.rejections.values()].map(({ reason }) => reason);
  } finally {
    await output.close();
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

testInOneProcess(
  "events of one key are in one partition, in order",
  async () => {
    await using server = await EventHubsServer.start();
    const envelopes = numbers(3000).map((n) => ({
      data: { n, key: `k${n % 10}` },
      metadata: { seq: n },
    }));
    await write(server, { partition_key: "{data.key}" }, envelopes);
    const partitions = server.events("hub")
      .map((events) => events.map((event) => JSON.parse(bodyText(event))));
    assertEquals(partitions.flat().length, 3000);
    for (let key = 0; key < 10; key++) {
      const having = partitions
        .map((events) => events.filter((each) => each.key === `k${key}`))
        .filter((events) => events.length > 0);
      assertEquals(having.length, 1);
      const wanted = numbers(3000).filter((n) => n % 10 === key);
      assertEquals(having[0].map(({ n }) => n), wanted);
    }
  },
);

testInOneProcess(
  "batches are as large as they may be, a larger event is refused",
  async () => {
    await using server = await EventHubsServer.start(256 * 1024);
    const sizes = [100_000, 100_000, 100_000, 400_000, 10];
    const envelopes = sizes.map((size) => ({
      data: "x".repeat(size),
      metadata: {},
    }));
    const rejected = await write(
      server,
      { oversize: "dead_letter" },
      envelopes,
    );
    assertEquals(server.sends, [2, 1, 1]);
    assert.match(rejected[0], /an event has 400002 bytes; 262144 are possible/);
    await assert.rejects(() => write(server, {}, envelopes), /400002 bytes/);
  },
);

// The client leaves timers behind where a connection breaks.
testInOneProcess({
  name: "faults that pass lose nothing",
  sanitizeOps: false,
  fn: async () => {
    await using server = await EventHubsServer.start();
    server.faults.refuseSends(2, SERVER_BUSY);
    server.faults.loseAnswers(1);
    const envelopes = numbers(10).map((data) => ({ data, metadata: {} }));
    await write(server, { partition_key: "all" }, envelopes);
    const events = server.events("hub").flat();
    const ids = new Set(events.map(({ message_id }) => message_id));
    // The lost answer repeats them all, recognisable by their ids.
    assertEquals([events.length, ids.size], [20, 10]);
  },
});

testInOneProcess(
  "a consumer reads back what was sent, with its properties",
  async () => {
    await using server = await EventHubsServer.start();
    const metadata = { TableName: "Cars", n: 1, list: [1] };
    await write(server, {
      partition_key: "{metadata.TableName}",
      body: "envelope",
      application_properties: { region: "{data.region}" },
    }, [{ data: { region: "eu" }, metadata }]);
    const consumer = new EventHubConsumerClient(
      "$Default",
      server.connectionString,
      "hub",
    );
    const found: { body: unknown; properties: unknown; key: unknown }[] = [];
    const reading = consumer.subscribe({
      processEvents: (events) => {
        for (const { body, properties, partitionKey } of events) {
          found.push({
            body,
            properties: { ...properties },
            key: partitionKey,
          });
        }
        return Promise.resolve();
      },
      processError: () => Promise.resolve(),
    }, { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 });
    await until(() => found.length > 0, "the event is read");
    await reading.close();
    await consumer.close();
    assertEquals(found, [{
      body: { data: { region: "eu" }, metadata },
      properties: { TableName: "Cars", n: 1, region: "eu" },
      key: "Cars",
    }]);
  },
);
