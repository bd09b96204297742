import type { JsonObject } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { outputConfig } from "../../../tests/support/servicebus_output.ts";
import { check } from "./config.ts";
import { entityName } from "./table_names.ts";

const LET_IN = "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=k";
const GOOD: JsonObject = { connection_string: LET_IN, queue: "q" };

Deno.test("what fits together is taken", async (t) => {
  const cases: [string, JsonObject][] = [
    ["a queue", GOOD],
    ["a namespace and an identity", { namespace: "bus", topic: "t" }],
    ["a shared access signature", {
      connection_string: "Endpoint=sb://x/;SharedAccessSignature=s",
      queue: "q",
    }],
    ["upstream's keys", {
      connectionString: LET_IN,
      resourceGroup: "rg",
      namespace: "bus",
      sourceHost: "localhost",
      sourceDatabase: "TestDB",
      tables: ["dbo.Cars"],
    }],
  ];
  for (const [name, config] of cases) {
    await t.step(name, () => {
      assertEquals([...check(outputConfig(config))], []);
    });
  }
});

Deno.test("what doesn't fit together is said, with its key", async (t) => {
  const tables = { source_host: "h", source_database: "d", queue: null };
  const cases: [string, JsonObject, RegExp][] = [
    ["connection_string", { connection_string: null }, /is required/],
    ["connection_string", { connection_string: "x" }, /no Endpoint/],
    ["connection_string", { connection_string: "Endpoint=x" }, /SharedAccess/],
    ["topic", { topic: "t" }, /exclude/],
    ["queue", { queue: null }, /queue, topic or tables/],
    ["queue", { queue: "{x}" }, /names nothing/],
    ["source_host", { queue: null, tables: ["a"] }, /source_host is required/],
    ["tables[1]", { ...tables, tables: ["Cars", "dbo.cars"] }, /both be "h-d/],
    ["oversize", { oversize: "claim_check" }, /needs the block/],
    ["session_id", { entities: { sessions: true } }, /needs session_id/],
    ["claim_check", { claim_check: {} }, /connection_string or account_url/],
    ["application_properties.a", { application_properties: { a: "{}" } }, /a/],
  ];
  for (const [key, change, message] of cases) {
    await t.step(`${key}: ${message.source}`, () => {
      const problems = [...check(outputConfig({ ...GOOD, ...change }))];
      const found = problems.find(({ path }) => path === `config.${key}`);
      assert.match(found?.message ?? "", message);
      assert.doesNotMatch(JSON.stringify(problems), /SharedAccessKey=k/);
    });
  }
});

Deno.test("tables have the names that upstream gives them", async (t) => {
  const cases: [string, string, "queues" | "topics", string][] = [
    ["localhost", "dbo.Cars", "queues", "localhost-test-db-cars"],
    ["localhost", "Cars", "queues", "localhost-test-db-cars"],
    ["localhost", "sales.Cars", "queues", "localhost-test-db-sales.cars"],
    ["srv", "Persons", "topics", "srv.TestDB.Persons.events"],
    ["srv", "sales.Persons", "topics", "srv.TestDB.sales.Persons.events"],
    ["tcp:srv,1433", "A", "topics", "srv.TestDB.A.events"],
    ["srv\\inst", "A b", "topics", "srv-inst.TestDB.A-b.events"],
  ];
  for (const [sourceHost, table, tableEntities, expected] of cases) {
    await t.step(expected, () => {
      const config = { sourceHost, tableEntities, sourceDatabase: "TestDB" };
      assertEquals(entityName({ ...config, tables: [] }, table), expected);
    });
  }
});
