/**
 * Topics whose values have schemas of a registry, into tables of Postgres that are
 * made by them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";
import { startDstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { makeTopic } from "../support/kafka/topic.ts";
import type { Apicurio } from "../support/servers/apicurio.ts";
import type { Kafka } from "../support/servers/kafka.ts";
import { type Postgres, startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { runTool } from "../support/tools.ts";

const LIMIT_MS = 300_000;

const WRITE_SCRIPT = fileURLToPath(
  new URL("../support/kafka/write_avro.py", import.meta.url),
);

/** @param topics Of rows, as our output wrote them; with one of a stranger's. */
export async function assertTypedTables(
  kafka: Kafka,
  registry: Apicurio,
  topics: readonly string[],
): Promise<void> {
  const starting = startPostgres();
  await makeTopic(kafka, "typed_python");
  await runTool(pythonOf("schema-client"), [
    WRITE_SCRIPT,
    kafka.bootstrap,
    registry.url,
    "typed_python",
    "row",
  ]);
  await using postgres = await starting;
  await run(kafka, registry, postgres, [...topics, "typed_python"]);
  for (const topic of topics) {
    assertEquals({ topic, ...await columnsOf(postgres, topic) }, {
      topic,
      ...OURS,
      ...OTHERWISE[topic.replace("typed_", "")],
    });
  }
  assertEquals(await columnsOf(postgres, "typed_python"), PYTHONS);
  assertEquals(
    await postgres.sql(
      "select id, price, day, at at time zone 'UTC', raw, uid " +
        "from typed_python",
    ),
    "9007199254740993|-12345678901234567890.1234|1969-12-31|" +
      "2026-01-02 03:04:05.678901|\\x00ff|00000000-0000-0000-0000-000000000007",
  );
}

async function run(
  kafka: Kafka,
  registry: Apicurio,
  postgres: Postgres,
  topics: readonly string[],
): Promise<void> {
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "t" {
  input {
    provider = "kafka"
    config {
      bootstrap_servers = "${kafka.bootstrap}"
      topics            = ${JSON.stringify(topics)}
      group             = "typed"
      follow            = false
      schema_registry {
        url = "${registry.url}"
      }
    }
  }
  output {
    provider = "postgres"
    config {
      connection_string = "${postgres.url}"
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
}

/** What each column is, as Postgres says it. */
async function columnsOf(
  postgres: Postgres,
  table: string,
): Promise<Record<string, string>> {
  const printed = await postgres.sql(
    "select attname, format_type(atttypid, atttypmod) from pg_attribute " +
      `where attrelid = '${table}'::regclass and attnum > 0`,
  );
  return Object.fromEntries(
    printed.trim().split("\n").map((line) => line.split("|")),
  );
}

/** The same of all three. */
const OURS = {
  id: "bigint",
  i32: "integer",
  u32: "bigint",
  single: "real",
  ratio: "double precision",
  ok: "boolean",
  name: "text",
  raw: "bytea",
  at: "timestamp(6) with time zone",
  tags: "text[]",
  numbers: "bigint[]",
};

/** As exact as the format has words for it. */
const OTHERWISE: Readonly<Record<string, object>> = {
  avro: {
    i8: "integer",
    i16: "integer",
    u8: "integer",
    u16: "integer",
    u64: "text",
    price: "numeric(30,4)",
    any_price: "text",
    day: "date",
    hour: "text",
    local: "timestamp(6) without time zone",
    took: "text",
    uid: "text",
    doc: "text",
    place: "text",
    what: "text",
    odd_name: "text",
  },
  json_schema: {
    i8: "smallint",
    i16: "smallint",
    u8: "smallint",
    u16: "integer",
    u64: "numeric(20,0)",
    price: "numeric(30,4)",
    any_price: "numeric",
    day: "date",
    hour: "time without time zone",
    local: "timestamp(6) without time zone",
    took: "interval",
    uid: "uuid",
    doc: "jsonb",
    place: "jsonb",
    what: "jsonb",
    "odd name": "text",
  },
  protobuf: {
    i8: "integer",
    i16: "integer",
    u8: "bigint",
    u16: "bigint",
    u64: "numeric(20,0)",
    price: "text",
    any_price: "text",
    day: "text",
    hour: "text",
    local: "text",
    took: "text",
    uid: "text",
    doc: "text",
    place: "jsonb",
    what: "text",
    "odd name": "text",
  },
};

/** Of a row that Confluent's serializer wrote. */
const PYTHONS = {
  id: "bigint",
  small: "integer",
  name: "text",
  ok: "boolean",
  ratio: "double precision",
  single: "real",
  raw: "bytea",
  price: "numeric(30,4)",
  day: "date",
  at: "timestamp(6) with time zone",
  ms: "timestamp(3) with time zone",
  hour: "time(6) without time zone",
  code: "bytea",
  kind: "text",
  tags: "text[]",
  more: "jsonb",
  child: "jsonb",
  uid: "uuid",
};
