/**
 * Debezium itself, on Kafka Connect: what it writes of Postgres' types is read as
 * the values that Postgres has.
 *
 * @module
 */

import { join } from "node:path";
import { DEBEZIUM_JARS } from "../../scripts/setup/debezium.ts";
import { startDstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { KafkaInputUnderTest } from "../support/kafka/input_under_test.ts";
import { needs } from "../support/needs.ts";
import { type Kafka, startKafka } from "../support/servers/kafka.ts";
import { type Postgres, startPostgres } from "../support/servers/postgres.ts";
import { startServer } from "../support/servers/server_process.ts";
import { TempFolder } from "../support/temp_folder.ts";

const TOPIC = "d.public.types";
const LIMIT_MS = 300_000;

const TABLE = `
  create table types (
    id bigint primary key, d date, t time, tt timetz, ts timestamp,
    ts3 timestamp(3), tz timestamptz, n numeric(30,4), nn numeric, b bytea,
    f4 real, f8 float8, jb jsonb, u uuid, bi bit(11), iv interval,
    numbers int[], days date[], ok boolean, m money
  );
  alter table types replica identity full;
  insert into types values (
    7, '1969-12-31', '03:04:05.678901', '03:04:05.678901+01',
    '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05.678',
    '2026-01-02 03:04:05.678901+01', -12345678901234567890.1234, 123.456,
    '\\x00ff', 0.1, 0.1, '{"a":[1,null]}',
    '00000000-0000-0000-0000-000000000007', B'01000000101', '3 days 6.5 s',
    '{1,null}', '{2026-01-02}', true, 12.5
  ), (
    8, 'infinity', null, null, 'infinity', '-infinity', 'infinity', null, null,
    null, 'NaN', '-Infinity', null, null, null, null, null, null, null, null
  ), (
    9, '-infinity', null, null, null, 'infinity', null, null, null, null, null,
    null, null, null, null, null, null, null, null, null
  );
`;

const ROW = {
  id: 7,
  d: "1969-12-31",
  t: "03:04:05.678901",
  tt: "02:04:05.678901Z",
  ts: "2026-01-02T03:04:05.678901",
  ts3: "2026-01-02T03:04:05.678",
  tz: "2026-01-02T02:04:05.678901Z",
  n: "-12345678901234567890.1234",
  nn: "123.456",
  b: "AP8=",
  f4: 0.1,
  f8: 0.1,
  jb: { a: [1, null] },
  u: "00000000-0000-0000-0000-000000000007",
  bi: "01000000101",
  iv: "PT259206.5S",
  numbers: [1, null],
  days: ["2026-01-02"],
  ok: true,
  m: "12.50",
};

Deno.test({
  name: "what Debezium writes are changes with the values Postgres has",
  ignore: !needs("debezium") || !needs("kafka") || !needs("postgres"),
  fn: async () => {
    const starting = startKafka();
    await using postgres = await startPostgres({ wal_level: "logical" });
    await using kafka = await starting;
    await postgres.sql(TABLE);
    await using _connect = await startDebezium(kafka, postgres);
    await using input = await KafkaInputUnderTest.open({
      bootstrap_servers: kafka.bootstrap,
      topics: [TOPIC],
      group: "reads",
      metadata_max_age: "1s",
    });
    const [read, infinite, least] = await input.take(3);
    assertEquals(read.data, ROW);
    assertEquals(summary(read), ["types", "read", ["id"]]);
    assertEquals(infinite.metadata.problem, undefined);
    const { id, d, ts, ts3, tz, f4, f8 } = infinite.data as typeof ROW;
    assertEquals({ id, d, ts, ts3, tz, f4, f8 }, INFINITE as never);
    assertEquals(
      [(least.data as typeof ROW).d, (least.data as typeof ROW).ts3],
      ["-infinity", "infinity"],
    );
    await postgres.sql(
      "update types set ok = false where id = 7;" +
        "delete from types where id = 7;",
    );
    const [update, gone] = await input.take(2);
    assertEquals(update.data, { ...ROW, ok: false });
    assertEquals(summary(update), ["types", "update", ["id"]]);
    assertEquals(update.metadata.before, ROW);
    assertEquals(summary(gone), ["types", "delete", ["id"]]);
    await assertCopied(kafka, postgres);
  },
});

/** From the topic into a table that is made by what Debezium says of its columns. */
async function assertCopied(kafka: Kafka, postgres: Postgres): Promise<void> {
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "t" {
  input {
    provider = "kafka"
    config {
      bootstrap_servers = "${kafka.bootstrap}"
      topics            = ["${TOPIC}"]
      group             = "copies"
      follow            = false
    }
  }
  output {
    provider = "postgres"
    config {
      connection_string = "${postgres.url}"
      table             = "copied"
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
  const columns = "select attname, format_type(atttypid, atttypmod) " +
    "from pg_attribute where attnum > 0 and attrelid = ";
  const [there, here] = [
    await postgres.sql(`${columns}'types'::regclass`),
    await postgres.sql(`${columns}'copied'::regclass`),
  ];
  const differ = here.split("\n").filter((line) => !there.includes(line));
  assertEquals(differ, DIFFERENT);
  const rows = "select id, d, ts, ts3, tz, f4, f8 from ";
  assertEquals(
    await postgres.sql(`${rows} copied order by id`),
    await postgres.sql(`${rows} types order by id`),
  );
}

/** Debezium says no more of these. */
const DIFFERENT = [
  "t|time(6) without time zone",
  "tt|text",
  "ts|timestamp(6) without time zone",
  "bi|text",
  "m|numeric",
];

const INFINITE = {
  id: 8,
  d: "infinity",
  ts: "infinity",
  ts3: "-infinity",
  tz: "infinity",
  f4: "NaN",
  f8: "-Infinity",
};

function summary({ metadata }: { metadata: Record<string, unknown> }) {
  return [metadata.table, metadata.operation, metadata.key];
}

/** Kafka Connect in one process, with the connector and JSON with schemas. */
function startDebezium({ bootstrap }: Kafka, postgres: Postgres) {
  return startServer({
    name: "Kafka Connect",
    prepare: async (folder, [port]) => {
      await folder.write(
        "worker",
        lines({
          "bootstrap.servers": bootstrap,
          "key.converter": "org.apache.kafka.connect.json.JsonConverter",
          "value.converter": "org.apache.kafka.connect.json.JsonConverter",
          "offset.storage.file.filename": folder.join("offsets"),
          "listeners": `http://127.0.0.1:${port}`,
        }),
      );
      await folder.write(
        "connector",
        lines({
          "name": "types",
          "connector.class":
            "io.debezium.connector.postgresql.PostgresConnector",
          "plugin.name": "pgoutput",
          "database.hostname": postgres.host,
          "database.port": postgres.port,
          "database.user": postgres.user,
          "database.password": postgres.password,
          "database.dbname": postgres.database,
          "topic.prefix": "d",
          "table.include.list": "public.types",
          "topic.creation.default.replication.factor": 1,
          "topic.creation.default.partitions": 1,
        }),
      );
    },
    command: (folder) => ({
      program: "java",
      args: [
        "-Xmx400m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        join(DEBEZIUM_JARS, "*"),
        "org.apache.kafka.connect.cli.ConnectStandalone",
        folder.join("worker"),
        folder.join("connector"),
      ],
    }),
    isReady: async ({ ports: [port] }) => {
      const url = `http://127.0.0.1:${port}/connectors/types/topics`;
      const response = await fetch(url).catch(() => undefined);
      return (await response?.text())?.includes(TOPIC) ?? false;
    },
  });
}

function lines(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
