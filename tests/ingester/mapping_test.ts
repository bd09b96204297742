/** Root blocks → tasks: the README's own file, then each rule by itself. */

import type { Configuration, Task } from "../../core/config/task.ts";
import {
  readServerTasks,
  type ServerTasks,
} from "../../providers/ingester/mod.ts";
import type { JsonObject } from "../../core/protocol/envelope.ts";
import { readDatabase } from "../../providers/mssql/input/connection/connection_string.ts";
import { assertEquals } from "../support/assert.ts";
import { loadText } from "../support/load_text.ts";

const SEED = new URL("../config/good/seed_ingester.hcl", import.meta.url);
const BUS = "Endpoint=sb://b;SharedAccessKeyName=a;SharedAccessKey=k";
const env = {
  DSTREAM_DB_CONNECTION_STRING: "sqlserver://sa:pw@db:1433?database=TestDB",
  DSTREAM_INGEST_CONNECTION_STRING: BUS,
  DSTREAM_BLOB_CONNECTION_STRING: "AccountName=a;AccountKey=k",
  DSTREAM_PUBLISHER_CONNECTION_STRING: `${BUS}2`,
};

function serverOf(configuration: Configuration): Promise<ServerTasks> {
  const read = (text: string) => Promise.resolve(readDatabase(text));
  return readServerTasks(configuration, read);
}

async function server(text: string): Promise<ServerTasks> {
  return await serverOf(await loadText(text, { env }));
}

/** Provider and config of both sides. */
function sides(task: Task | undefined) {
  return [...task?.inputs ?? [], ...task?.outputs ?? []].map((block) => [
    block.source.kind === "builtin" && block.source.name,
    JSON.parse(block.config.json()) as JsonObject,
  ]);
}

/** An ingester block with what a test is about. */
function ingester(more = "", queue = 'type = "servicebus"', tables = '"T"') {
  return `ingester {
  db_connection_string = "Server=tcp:db.example.com,1433;Database=Shop;User ID=u;Password=p"
  queue {
    name = "q"
    connection_string = "${BUS}"
    ${queue}
  }
  tables = [${tables}]
  ${more}
}
`;
}

Deno.test("the file of the README becomes two tasks, word for word", async () => {
  const text = await Deno.readTextFile(SEED);
  const { ingester, router, problems } = await server(text);
  assertEquals(problems, []);
  assertEquals(sides(ingester), [
    ["mssql", {
      db_connection_string: env.DSTREAM_DB_CONNECTION_STRING,
      tables: ["Persons"],
      poll_interval: "5s",
      max_poll_interval: "2m",
      lock_config: {
        type: "azure_blob",
        connection_string: env.DSTREAM_BLOB_CONNECTION_STRING,
        container_name: "locks",
      },
      table_settings: [{
        table: "Persons",
        poll_interval: "5s",
        max_poll_interval: "10m",
        metadata: { Destination: "db.TestDB.Persons.events" },
      }],
      metadata_style: "upstream",
      metadata: { IngestQueue: "ingest-queue" },
    }],
    ["servicebus", {
      connection_string: BUS,
      body: "envelope",
      queue: "ingest-queue",
      session_id: "{metadata.TableName}",
      entities: { sessions: true, max_delivery_count: 1000 },
    }],
  ]);
  assertEquals(sides(router), [
    ["servicebus", {
      connection_string: `${BUS}2`,
      queue: "ingest-queue",
      format: "envelope",
      on_invalid: "dead_letter",
      max_concurrent_sessions: 8,
    }],
    ["servicebus", {
      connection_string: `${BUS}2`,
      topic: "{metadata.Destination}",
      body: "envelope",
      max_senders: 100,
      entities: {
        topics: ["db.TestDB.Persons.events"],
        subscriptions: ["sub1"],
      },
    }],
  ]);
});

Deno.test("without a publisher block the topics are beside the queue", async () => {
  const { router } = await server(ingester());
  const [input, output] = sides(router) as [string, JsonObject][];
  assertEquals(input[1].connection_string, BUS);
  assertEquals(input[1].queue, "q");
  assertEquals(output[1].connection_string, BUS);
});

Deno.test("the queue's type chooses the output, and whether there is a router", async (t) => {
  const cases: readonly [string, string, JsonObject, boolean][] = [
    ["azure_service_bus", "servicebus", { queue: "q" }, true],
    ["eventhub", "eventhubs", {
      event_hub: "q",
      partition_key: "{metadata.TableName}",
    }, false],
    ["azure_event_hub", "eventhubs", { body: "envelope" }, false],
    ["console", "console", { output_format: "json" }, false],
  ];
  for (const [type, provider, expected, isRouted] of cases) {
    await t.step(type, async () => {
      const found = await server(ingester("", `type = "${type}"`));
      assertEquals(found.problems, []);
      const [, [name, config]] = sides(found.ingester) as [
        string,
        JsonObject,
      ][];
      assertEquals(name, provider);
      for (const [key, value] of Object.entries(expected)) {
        assertEquals(config[key], value);
      }
      assertEquals(found.router !== undefined, isRouted);
    });
  }
});

Deno.test("overrides of tables become intervals and columns", async () => {
  const more = `tables_overrides {
    overrides {
      table_name        = "dbo.A"
      max_poll_interval = "1h"
      include           = ["id", "name"]
    }
    overrides {
      table_name = "sales.B"
      exclude    = ["photo"]
      mask       = ["email"]
    }
  }`;
  const found = await server(ingester(more, undefined, '"A", "sales.B", "C"'));
  assertEquals(found.problems, []);
  const [[, input]] = sides(found.ingester) as [string, JsonObject][];
  assertEquals(input.columns, {
    A: { include: ["id", "name"] },
    "sales.B": { exclude: ["photo"], mask: ["email"] },
  });
  const name = (table: string) => `db.example.com.Shop.${table}.events`;
  assertEquals(input.table_settings, [
    {
      table: "A",
      max_poll_interval: "1h",
      metadata: { Destination: name("A") },
    },
    { table: "sales.B", metadata: { Destination: name("sales.B") } },
    { table: "C", metadata: { Destination: name("C") } },
  ]);
});

Deno.test("further keys of a provider go through, those of the block don't", async () => {
  const good = ingester(`config {
    snapshot     = "initial"
    before_image = true
  }`);
  const [[, input]] = sides((await server(good)).ingester) as [
    string,
    JsonObject,
  ][];
  assertEquals([input.snapshot, input.before_image], ["initial", true]);
  const bad = ingester(`config {
    tables   = ["X"]
    envelope = "batch"
  }`);
  const { problems } = await server(bad);
  assertEquals(problems.map(({ message, at }) => [message, at?.line]), [
    ['"tables" can\'t be set here: the block around it says it', 10],
    [
      '"envelope" can\'t be set here: the router needs one envelope per change',
      11,
    ],
  ]);
});

Deno.test("what a block says of entities and metadata is added to", async () => {
  const text = ingester(
    `config {
    metadata = {
      Region      = "eu"
      IngestQueue = "other"
    }
  }`,
    `type = "servicebus"
    config {
      entities {
        lock_duration = "2m"
        sessions      = false
      }
    }`,
  );
  const { ingester: task, problems } = await server(text);
  const [[, input], [, output]] = sides(task) as [string, JsonObject][];
  assertEquals(input.metadata, { IngestQueue: "q", Region: "eu" });
  assertEquals(output.entities, {
    sessions: true,
    max_delivery_count: 1000,
    lock_duration: "2m",
  });
  assertEquals(problems.map(({ message, at }) => [message, at?.line]), [
    [
      '"metadata.IngestQueue" can\'t be set here: the block around it says it',
      18,
    ],
    [
      '"entities.sessions" can\'t be set here: the block around it says it',
      10,
    ],
  ]);
});

Deno.test("restarts are for months unless the block says otherwise", async () => {
  const usual = await server(ingester());
  assertEquals(usual.ingester?.restart, {
    policy: "on-failure",
    maxRestarts: 1000,
    initialDelayMs: 1000,
    maxDelayMs: 30_000,
  });
  const told = await server(ingester(`restart {
    max_restarts  = 3
    initial_delay = "1ms"
  }`));
  assertEquals(told.router?.restart.maxRestarts, 3);
  assertEquals(told.ingester?.restart.initialDelayMs, 1);
});

Deno.test("mistakes are found at their place", async (t) => {
  const cases: readonly [string, string, readonly [number, string, string?]][] =
    [
      [
        "two tables with one topic",
        ingester("", undefined, '"a b", "a-b"'),
        [
          8,
          'the tables "a b" and "a-b" would both have the topic ' +
          '"db.example.com.Shop.a-b.events"',
        ],
      ],
      ["one table twice", ingester("", undefined, '"T", "T"'), [
        8,
        '"tables" has "T" twice',
      ]],
      ["a pattern", ingester("", undefined, '"sales.*"'), [
        8,
        '"tables" can\'t have the pattern "sales.*" here',
        "name each table: topics are made before the first change of a table " +
        "comes",
      ]],
      [
        "an override of no table",
        ingester(
          'tables_overrides {\n overrides {\n table_name = "Persns"\n}\n}',
          undefined,
          '"Persons"',
        ),
        [11, '"Persns" is not one of tables', 'did you mean "Persons"?'],
      ],
      [
        "a misspelt key",
        ingester("poll_interval_default {\n}"),
        [
          9,
          'there is no key "poll_interval_default"',
          'did you mean "poll_interval_defaults"?',
        ],
      ],
      ["a wrong type", ingester("", 'type = "servicebuss"'), [
        6,
        '"queue.type" must be one of "servicebus", "azure_service_bus", ' +
        '"eventhub", "eventhubs", "azure_event_hub", "console", got ' +
        '"servicebuss"',
        'did you mean "servicebus"?',
      ]],
      ["no tables", ingester().replace(/tables = .*/, ""), [
        1,
        'the ingester block needs "tables"',
      ]],
      ["no database", ingester().replace("Database=Shop;", ""), [
        2,
        '"db_connection_string" names no database',
        "topics are called server.database.table.events: add Database=…, or " +
        "?database=… to a URL",
      ]],
      ["a queue without a name", ingester().replace('name = "q"', ""), [
        3,
        'the "queue" block needs "name"',
      ]],
      ["a publisher alone", "publisher {\n}\n", [
        1,
        "the publisher block needs an ingester block beside it",
        "the names of the queue and of the topics come from there",
      ]],
      [
        "a publisher with a wrong source",
        `${ingester()}publisher {\n source {\n  type = "kafka"\n }\n}\n`,
        [
          13,
          '"source.type" must be one of "azure_service_bus", "servicebus", ' +
          'got "kafka"',
        ],
      ],
    ];
  for (const [name, text, [line, message, hint]] of cases) {
    await t.step(name, async () => {
      const { problems } = await server(text);
      assertEquals(
        problems.map((one) => [one.at?.line, one.message, one.hint]),
        [[line, message, hint]],
      );
    });
  }
});

Deno.test("two hundred tables have a session and a sender each", async () => {
  const tables = Array.from({ length: 200 }, (_, i) => `"t${i}"`).join(", ");
  const { router } = await server(ingester("", undefined, tables));
  const [input, output] = sides(router) as [string, JsonObject][];
  assertEquals(input[1].max_concurrent_sessions, 200);
  assertEquals(output[1].max_senders, 200);
});
