/** What goes from a table to its topic, and how the programs behave on the way. */

import { startDstream } from "../e2e/support/program.ts";
import { addRows, startWithTables } from "../mssql/numbered_tables.ts";
import { until } from "../mssql/until.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import type { Setup } from "../support/servicebus/main.ts";
import { BusProcess } from "./bus_process.ts";
import { familyConfig, familyEnv, topicOf } from "./family_config.ts";
import { TopicLedger } from "./topic_ledger.ts";
import { type Arrival, TopicReader } from "./topic_reader.ts";

const LIMIT_MS = 90_000;

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
    "dstream.hcl": familyConfig({ model, bus }, tables),
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
    env: familyEnv({ model, bus }),
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

Deno.test("a change comes to its topic with its metadata, and a stop is clean", async () => {
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

Deno.test("a queue that is there without sessions is warned about, and keeps the order", async () => {
  const { stderr } = await serve(["t0", "t1"], 500, {
    queues: { "ingest-queue": {} },
  });
  const warning = "the queue ingest-queue has no sessions: with one router";
  assert(stderr.includes(warning), stderr);
});
