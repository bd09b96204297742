/** What goes from a table to its topic, and how the programs behave on the way. */

import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { addRows, startWithTables } from "../mssql/numbered_tables.ts";
import { until } from "../support/until.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { EventHubsServer } from "../support/servicebus/event_hubs.ts";
import type { Setup } from "../support/servicebus/main.ts";
import { bodyText } from "../support/servicebus_output.ts";
import { BusProcess } from "./bus_process.ts";
import { serverConfig, serverEnv, topicOf } from "./server_config.ts";
import { TopicLedger } from "./topic_ledger.ts";
import { type Arrival, TopicReader } from "./topic_reader.ts";

const LIMIT_MS = 90_000;

/** Programs are stopped and killed by signals, as POSIX systems have them. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: Deno.build.os === "windows" });
}

interface Way {
  readonly arrivals: readonly Arrival[];
  readonly stderr: string;
  readonly code: number;
}

/** `dstream server` until all rows of all tables are at their topics. */
async function serve(
  tables: readonly string[],
  rows: number,
  setup: Setup = {},
): Promise<Way> {
  await using model = await startWithTables(tables);
  await using bus = await BusProcess.start(setup);
  for (const table of tables) await addRows(model, table, 0, rows);
  await using folder = await TempFolder.make({
    "dstream.hcl": serverConfig({ model, bus }, tables),
  });
  const arrivals: Arrival[] = [];
  const topics = tables.map(topicOf);
  const ledger = new TopicLedger(topics, rows);
  using _reader = new TopicReader(bus.port, topics, (arrival) => {
    arrivals.push(arrival);
    ledger.add(arrival);
  });
  await using server = startDstream(["server"], {
    cwd: folder.path,
    env: serverEnv({ model, bus }),
    timeoutMs: LIMIT_MS,
  });
  let isOver = false;
  server.finished.finally(() => isOver = true).catch(() => {});
  await until(() => ledger.isComplete || isOver, () => server.stderr);
  server.kill("SIGTERM");
  const { code, stderr } = await server.finished;
  assertEquals(ledger.problems, [], stderr);
  assert(ledger.isComplete, stderr);
  await model.expectNoFaults();
  return { arrivals, stderr, code };
}

test("a change comes to its topic with its metadata, and a stop is clean", async () => {
  const tables = ["Persons", "sales.Orders"];
  const { arrivals, stderr, code } = await serve(tables, 3);
  assertEquals([code, arrivals.length], [143, 6], stderr);
  assert(stderr.includes("made queue ingest-queue"), stderr);
  const topic = "127.0.0.1.shop.sales.Orders.events";
  const arrival = arrivals.find((one) => one.topic === topic)!;
  const { data, metadata } = arrival.body;
  assertEquals(data, { n: 1, text: "of sales.Orders" });
  const { LSN, Seq, CommandID, ...rest } = metadata;
  assertEquals(rest, {
    Destination: topic,
    IngestQueue: "ingest-queue",
    OperationID: 2,
    OperationType: "Insert",
    TableName: "sales.Orders",
  });
  assertEquals(arrival.sessionId, "sales.Orders");
  assertEquals(
    arrival.messageId,
    [topic, "sales.Orders", LSN, CommandID, Seq, 2].join("/"),
  );
  // What the ingester's message had, the topic's has, and nothing more.
  assertEquals(
    { ...arrival.properties },
    { ...rest, LSN, Seq, CommandID },
  );
});

test("a queue that is there without sessions is warned about, and keeps the order", async () => {
  const { stderr } = await serve(["t0", "t1"], 500, {
    queues: { "ingest-queue": {} },
  });
  const warning = "the queue ingest-queue has no sessions: with one router";
  assert(stderr.includes(warning), stderr);
});

test("nothing is made for tables that are not there", async () => {
  await using model = await startWithTables(["t0"]);
  await using bus = await BusProcess.start();
  await using folder = await TempFolder.make({
    "dstream.hcl": serverConfig({ model, bus }, ["t0", "nowhere"]),
  });
  await using server = startDstream(["server"], {
    cwd: folder.path,
    env: serverEnv({ model, bus }),
    timeoutMs: LIMIT_MS,
  });
  const { code, stderr } = await server.finished;
  assertEquals(code, 1, stderr);
  assert(stderr.includes("nowhere"), stderr);
  assert(!/made (queue|topic)/.test(stderr), stderr);
});

test("one of two ingesters is killed for good, and the other goes on", async () => {
  const tables = ["t0", "t1", "t2"];
  await using model = await startWithTables(tables);
  await using bus = await BusProcess.start();
  await using folders = await TempFolder.make({
    "1/dstream.hcl": serverConfig({ model, bus }, tables),
    "2/dstream.hcl": serverConfig({ model, bus }, tables),
  });
  const start = (command: string, folder: string) =>
    startDstream([command, "-l", "debug", "-f", "json"], {
      cwd: folders.join(folder),
      env: serverEnv({ model, bus }),
      timeoutMs: LIMIT_MS,
    });
  const half = 200;
  const topics = tables.map(topicOf);
  const ledger = new TopicLedger(topics, 2 * half);
  using _reader = new TopicReader(bus.port, topics, (one) => ledger.add(one));
  for (const table of tables) await addRows(model, table, 0, half);
  await using first = start("ingester", "1");
  await using _router = start("router", "1");
  await until(() => ledger.total === tables.length * half, () => first.stderr);
  await using second = start("ingester", "2");
  await second.waitFor(/waiting for the lock/, "stderr");
  // All of it: a CLI that dies alone leaves its providers to end by themselves.
  const input = livingPid(first.stderr, "input");
  first.kill();
  if (input !== undefined) tryKill(input);
  for (const table of tables) await addRows(model, table, half, half);
  await until(() => ledger.isComplete, () => second.stderr);
  assertEquals(ledger.problems, []);
});

test("queue.type = console prints what would go to the queue", async () => {
  await using model = await startWithTables(["t0"]);
  await addRows(model, "t0", 0, 2);
  await using folder = await TempFolder.make({
    "dstream.hcl": `ingester {
  db_connection_string = env("SOURCE_DB")
  queue {
    type = "console"
    name = "q"
  }
  tables = ["t0"]
}
`,
  });
  await using ingester = startDstream(["ingester"], {
    cwd: folder.path,
    env: { SOURCE_DB: `${model.connectionString};Encrypt=false` },
  });
  await ingester.waitFor(/"n":2.*\n/);
  ingester.kill("SIGTERM");
  const { stdout, code } = await ingester.finished;
  const envelopes = stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(
    envelopes.map(({ data, metadata }) => [
      data.n,
      metadata.Destination,
      metadata.IngestQueue,
    ]),
    [[1, topicOf("t0"), "q"], [2, topicOf("t0"), "q"]],
  );
  assertEquals(code, 143);
});

test("queue.type = eventhub keeps a table's changes in one partition, in order", async () => {
  const tables = ["t0", "t1"];
  await using model = await startWithTables(tables);
  for (const table of tables) await addRows(model, table, 0, 20);
  await using server = await EventHubsServer.start();
  await using folder = await TempFolder.make({
    "dstream.hcl": `ingester {
  db_connection_string = env("SOURCE_DB")
  queue {
    type              = "eventhub"
    name              = "hub"
    connection_string = env("TARGET_HUB")
  }
  tables = ["t0", "t1"]
}
`,
  });
  await using ingester = startDstream(["ingester"], {
    cwd: folder.path,
    env: {
      SOURCE_DB: `${model.connectionString};Encrypt=false`,
      TARGET_HUB: server.connectionString,
    },
    timeoutMs: LIMIT_MS,
  });
  const partitions = () =>
    server.events("hub").map((events) =>
      events.map((event) => JSON.parse(bodyText(event)))
    );
  await until(() => partitions().flat().length >= 40, () => ingester.stderr);
  for (const table of tables) {
    const [own] = partitions()
      .map((events) =>
        events.filter(({ metadata }) => metadata.TableName === table)
      )
      .filter((events) => events.length > 0);
    const numbers = own.map(({ data }) => data.n);
    assertEquals(numbers, Array.from({ length: 20 }, (_, i) => i + 1));
    assertEquals(own[0].metadata.Destination, topicOf(table));
  }
});
