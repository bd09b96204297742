/**
 * How fast the Kafka providers are beside the client library they stand on, and
 * beside Kafka's own tools: one broker, alternating, the best of each.
 *
 * `--messages N`, `--rounds N`. Needs `deno task setup kafka`.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { Consumer, Producer } from "@platformatic/kafka";
import { Batcher } from "../core/sdk/serve/batch.ts";
import { KafkaInputUnderTest } from "../tests/support/kafka/input_under_test.ts";
import { KafkaOutputUnderTest } from "../tests/support/kafka/output_under_test.ts";
import { makeTopic, range } from "../tests/support/kafka/topic.ts";
import { type Kafka, startKafka } from "../tests/support/servers/kafka.ts";

const PARTITIONS = 3;
const TEXT = "x".repeat(440);
const MIB = 1024 * 1024;

interface Taken {
  readonly ms: number;
  readonly cpuMs: number;
}

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "200000" },
      rounds: { type: "string", default: "3" },
    },
  });
  const count = Number(values.messages);
  await using server = await startKafka();
  const best = new Map<string, Taken>();
  const note = (name: string, taken: Taken) => {
    const before = best.get(name);
    if (before === undefined || taken.cpuMs < before.cpuMs) {
      best.set(name, taken);
    }
  };
  for (const round of range(Number(values.rounds))) {
    const topics = ["library", "ours", "keyed", "transactions"].map((name) =>
      `${name}-${round}`
    );
    for (const topic of topics) {
      await makeTopic(server, topic, { partitions: PARTITIONS });
    }
    const [library, ours, keyed, together] = topics;
    note(
      "write, library",
      await measure(() => sendBare(server, library, count)),
    );
    note("write, kafka output", await measure(() => send(server, ours, count)));
    note(
      "write, kafka output, keys from rows",
      await measure(() => send(server, keyed, count, true)),
    );
    note(
      "write, kafka output, transactions",
      await measure(() => send(server, together, count, false, true)),
    );
    note(
      "read, library",
      await measure(() => readBare(server, library, count)),
    );
    note(
      "read, kafka input",
      await measure(() => read(server, library, count)),
    );
  }
  for (const [name, { ms, cpuMs }] of best) {
    console.log(
      `${name.padEnd(38)} ${Math.round(count / ms)}k/s  ` +
        `${(cpuMs * 1000 / count).toFixed(2)} µs of CPU each`,
    );
  }
  console.log(`kafka-producer-perf-test: ${await producerTest(server, count)}`);
  console.log(`kafka-consumer-perf-test: ${await consumerTest(server, count)}`);
}

async function measure(work: () => Promise<void>): Promise<Taken> {
  const startMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}

/** As its documentation shows, 2,000 at once. */
async function sendBare(
  { bootstrap }: Kafka,
  topic: string,
  count: number,
): Promise<void> {
  const producer = new Producer({
    clientId: "bench",
    bootstrapBrokers: [bootstrap],
    idempotent: true,
    autocreateTopics: false,
  });
  const { Buffer } = await import("node:buffer");
  for (let from = 0; from < count; from += 2000) {
    await producer.send({
      messages: range(Math.min(2000, count - from)).map((n) => ({
        topic,
        value: Buffer.from(JSON.stringify({ id: from + n, text: TEXT })),
      })),
    });
  }
  await producer.close();
}

/** From the lines that the kit reads to the acknowledgement. */
async function send(
  { bootstrap }: Kafka,
  topic: string,
  count: number,
  isKeyed = false,
  transactions = false,
): Promise<void> {
  await using output = await KafkaOutputUnderTest.open({
    bootstrap_servers: bootstrap,
    topic,
    transactions,
  });
  const key = isKeyed ? ["id"] : undefined;
  const metadata = { table: "t", operation: "insert", key };
  const batcher = new Batcher({ maxBytes: MIB, maxEnvelopes: 20_000 });
  const encoder = new TextEncoder();
  for (let from = 0; from < count; from += 2000) {
    const lines = range(Math.min(2000, count - from)).map((n) =>
      `${JSON.stringify({ data: { id: from + n, text: TEXT }, metadata })}\n`
    );
    for (const piece of batcher.cut(encoder.encode(lines.join("")))) {
      if (piece.kind === "batch") await output.write(piece.batch);
    }
  }
}

async function readBare(
  { bootstrap }: Kafka,
  topic: string,
  count: number,
): Promise<void> {
  const consumer = new Consumer({
    clientId: "bench",
    bootstrapBrokers: [bootstrap],
    groupId: `bare-${topic}-${Math.random()}`,
    autocommit: false,
  });
  const stream = await consumer.consume({ topics: [topic], mode: "earliest" });
  let left = count;
  for await (const { value } of stream) {
    JSON.parse(value.toString());
    if (--left === 0) break;
  }
  await stream.close();
  await consumer.close(true);
}

/** Up to the lines that the kit writes. */
async function read(
  { bootstrap }: Kafka,
  topic: string,
  count: number,
): Promise<void> {
  await using input = await KafkaInputUnderTest.open({
    bootstrap_servers: bootstrap,
    topics: [topic],
    group: `ours-${topic}-${Math.random()}`,
  });
  for (let left = count; left > 0;) {
    left -= await input.countSome();
    await input.confirm();
  }
}

/** For the record: Java's own. */
function producerTest(server: Kafka, count: number): Promise<string> {
  return makeTopic(server, "perf", { partitions: PARTITIONS }).then(() =>
    server.tool("org.apache.kafka.tools.ProducerPerformance", [
      "--topic",
      "perf",
      "--num-records",
      String(count),
      "--record-size",
      "470",
      "--throughput",
      "-1",
      "--producer-props",
      `bootstrap.servers=${server.bootstrap}`,
      "acks=all",
    ])
  ).then((text) => text.trim().split("\n").at(-1)!);
}

/** Its last line: MB/s is the fourth column, messages a second the sixth. */
async function consumerTest(server: Kafka, count: number): Promise<string> {
  const text = await server.tool("org.apache.kafka.tools.ConsumerPerformance", [
    "--bootstrap-server",
    server.bootstrap,
    "--topic",
    "perf",
    "--messages",
    String(count),
    "--hide-header",
    "--timeout",
    "60000",
  ]);
  return text.trim().split("\n").at(-1)!;
}
