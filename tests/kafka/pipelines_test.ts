/**
 * Whole pipelines with Kafka in them, as users write them.
 *
 * @module
 */

import { startDstream } from "../e2e/support/program.ts";
import { addRows, startWithTables } from "../mssql/numbered_tables.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { makeTopic, range } from "../support/kafka/topic.ts";
import { writeTopic } from "../support/kafka/write_topic.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { TempFolder } from "../support/temp_folder.ts";

const ignore = !needs("kafka") || !needs("kafka-client");
const LIMIT_MS = 120_000;
const SEED = new URL(
  "../config/good/seed_website_sql_to_kafka.hcl",
  import.meta.url,
);

Deno.test({
  name:
    "the website's SQL to Kafka runs word for word, and Java's consumer sees it",
  ignore,
  fn: async () => {
    await using server = await startKafka();
    const tables = ["Orders", "Customers", "Inventory"];
    await using model = await startWithTables(tables);
    for (const table of tables) {
      await makeTopic(server, `data_events.${table}`, { partitions: 3 });
      await addRows(model, table, 0, 40);
    }
    const seed = await Deno.readTextFile(SEED);
    const config = seed
      .replace(/provider_ref = ".*mssql.*"/, 'provider = "mssql"')
      .replace(/provider_ref = ".*kafka.*"/, 'provider = "kafka"');
    await using folder = await TempFolder.make({ "dstream.hcl": config });
    await using run = startDstream(["run", "sql-to-kafka"], {
      cwd: folder.path,
      env: {
        DATABASE_CONNECTION_STRING: `${model.connectionString};Encrypt=false`,
        KAFKA_SERVERS: server.bootstrap,
      },
      timeoutMs: LIMIT_MS,
    });
    const rows = await consoleConsumer(server, "data_events\\..*", 120);
    run.kill("SIGTERM");
    const { stderr } = await run.finished;
    assertEquals(rows.length, 120, stderr);
    const orders = rows.filter(({ value }) => /of Orders/.test(value));
    assertEquals(
      orders.map(({ key }) => key).sort(),
      range(40).map((n) => JSON.stringify({ n: n + 1 })).sort(),
    );
    assert.ok(
      orders.every(({ key, value }) =>
        JSON.parse(value).n === JSON.parse(key).n
      ),
    );
  },
});

Deno.test({
  name:
    "what can't be read goes to the dead letters with place, key and bytes, and the task goes on",
  ignore,
  fn: async () => {
    await using server = await startKafka();
    await makeTopic(server, "orders");
    await writeTopic(server.bootstrap, "orders", [
      { value: '{"n":1}' },
      { key: "k", value: { base64: "AAAAAAHm" } },
      { value: '{"n":2}' },
    ]);
    await using folder = await TempFolder.make({
      "dstream.hcl": `task "t" {
  input {
    provider = "kafka"
    config {
      bootstrap_servers = "${server.bootstrap}"
      topics            = ["orders"]
      group             = "letters"
      follow            = false
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
  dead_letter {
    provider = "file"
    config {
      path   = "letters.jsonl"
      format = "envelopes"
    }
  }
}
`,
    });
    await using run = startDstream(["run", "t"], {
      cwd: folder.path,
      timeoutMs: LIMIT_MS,
    });
    const { code, stderr } = await run.finished;
    assertEquals(code, 0, stderr);
    assertEquals(await folder.read("out.jsonl"), '{"n":1}\n{"n":2}\n');
    const letter = JSON.parse(await folder.read("letters.jsonl"));
    const { reason, raw } = letter.metadata.dead_letter;
    assert.match(
      reason,
      /the message at orders\/0 offset 1: it begins with the magic byte/,
    );
    const { kafka } = JSON.parse(atob(raw)).metadata;
    assertEquals([kafka.key, kafka.value], ["k", { base64: "AAAAAAHm" }]);
  },
});

interface Seen {
  readonly key: string;
  readonly value: string;
}

/** What Java's own consumer prints of the topics that fit, so many lines. */
async function consoleConsumer(
  server: Kafka,
  topics: string,
  count: number,
): Promise<Seen[]> {
  const printed = await server.tool(
    "org.apache.kafka.tools.consumer.ConsoleConsumer",
    [
      "--bootstrap-server",
      server.bootstrap,
      "--include",
      topics,
      "--from-beginning",
      "--max-messages",
      String(count),
      "--timeout-ms",
      "60000",
      "--property",
      "print.key=true",
      "--property",
      "key.separator=|",
    ],
  );
  return printed.split("\n").filter((line) => line.includes("|")).map(
    (line) => {
      const [key, value] = line.split("|");
      return { key, value };
    },
  );
}
