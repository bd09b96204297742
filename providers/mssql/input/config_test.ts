import { type JsonObject, parseConfig } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { check, config, normalise } from "./config.ts";
import provider from "./mod.ts";

const CONNECTION = "Server=db;User ID=sa;Password=secret";
const usual = { db_connection_string: CONNECTION, tables: ["dbo.orders"] };

function valuesOf(given: JsonObject) {
  const { values, problems } = parseConfig(config, given);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  return normalise(values);
}

Deno.test("upstream's configurations of every age are understood", async (t) => {
  const lock = {
    type: "azure_blob",
    connection_string: "x",
    container_name: "locks",
  };
  const cases: [string, JsonObject, JsonObject][] = [
    ["the stateless provider's", {
      ...usual,
      poll_interval: "5s",
      max_poll_interval: "5m",
      lock_config: lock,
    }, { pollInterval: 5000, maxPollInterval: 300_000 }],
    ["camelCase", {
      dbConnectionString: CONNECTION,
      tables: ["Persons"],
      pollInterval: "5s",
      maxPollInterval: "2m",
    }, { pollInterval: 5000, maxPollInterval: 120_000 }],
    ["with polling, lock and ingest_queue", {
      ...usual,
      polling: { interval: "7s", max_interval: "3m" },
      lock,
      ingest_queue: {
        provider: "azure",
        type: "servicebus",
        name: "q",
        connection_string: "x",
      },
    }, { pollInterval: 7000, maxPollInterval: 180_000 }],
    ["the oldest ingester's", {
      ...usual,
      db_type: "sqlserver",
      locks: { ...lock, type: "azure_blob_db" },
    }, { pollInterval: 5000 }],
    ["a longer interval than the longest", {
      ...usual,
      poll_interval: "10m",
    }, { pollInterval: 600_000, maxPollInterval: 600_000 }],
  ];
  for (const [name, given, expected] of cases) {
    await t.step(name, () => {
      const values = valuesOf(given);
      assertEquals({ ...values, ...expected } as unknown, values);
      if ("lock" in given || "lock_config" in given) {
        assertEquals(values.lockConfig.containerName, "locks");
      }
    });
  }
});

Deno.test("mistakes are told with their key, and no secret", async (t) => {
  const cases: [string, JsonObject, string, RegExp][] = [
    [
      "integrated security",
      {
        ...usual,
        db_connection_string: "server=localhost;trusted_connection=true",
      },
      "config.db_connection_string",
      /integrated security/,
    ],
    [
      "no table's name",
      { ...usual, tables: ["a.b.c"] },
      "config.tables[0]",
      /must be a table/,
    ],
    [
      "blobs without an account",
      {
        ...usual,
        lock_config: { type: "azure_blob" },
      },
      "config.lock_config.connection_string",
      /is required/,
    ],
    [
      "another database",
      { ...usual, db_type: "oracle" },
      "config.db_type",
      /sqlserver/,
    ],
    [
      "bounds the wrong way round",
      {
        ...usual,
        batch: { min_rows: 500, max_rows: 100 },
      },
      "config.batch.min_rows",
      /must not be larger/,
    ],
    [
      "a pattern of offsets tables",
      {
        ...usual,
        offsets_table: "cdc_*",
      },
      "config.offsets_table",
      /a table's name/,
    ],
  ];
  for (const [name, given, path, message] of cases) {
    await t.step(name, () => {
      const [problem] = provider.checkConfig(given);
      assertEquals(problem.path, path);
      assert.match(problem.message, message);
      assert.ok(!JSON.stringify(problem).includes("secret"));
    });
  }
});

Deno.test("what nobody sets is as upstream has it, or safe", () => {
  const values = valuesOf(usual);
  assertEquals(values.lockConfig.type, "none");
  const { snapshot, onGap, start, envelope, offsetsTable } = values;
  assertEquals([snapshot, onGap, start, envelope, offsetsTable], [
    "never",
    "fail",
    "earliest",
    "change",
    "cdc_offsets",
  ]);
  assertEquals([...check(parseConfig(config, usual).values!)], []);
});
