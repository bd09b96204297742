/**
 * The requirements of a database output, by their numbers in the connectors' list,
 * against the project's own TDS server with SQLite's tables behind it.
 *
 * @module
 */

import {
  fromSource,
  recordOf,
  Running,
  testOutput,
  version2Line,
} from "@dstream/sdk/testing";
import { assertEquals } from "../../../tests/support/assert.ts";
import { SqlServerTables } from "../../../tests/support/mssql_tables.ts";
import { deadlock } from "../../../tests/support/tds/errors.ts";
import { historyOf, sqlTests } from "../../sql/test_support.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

async function start() {
  const tables = await SqlServerTables.start();
  const database = tables.open();
  return {
    tables,
    config: { db_connection_string: tables.connectionString },
    // deno-lint-ignore require-await
    run: async (sql: string) => database.exec(sql),
    // deno-lint-ignore require-await
    rows: async (sql: string) => {
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all().map((row) =>
        Object.values(row).map((value) =>
          value === null
            ? ""
            : value instanceof Uint8Array
            ? value.toHex()
            : String(value)
        ).join("|")
      );
    },
    [Symbol.asyncDispose]: async () => {
      database.close();
      await tables[Symbol.asyncDispose]();
    },
  };
}

sqlTests({
  name: "SQL Server",
  subject,
  start,
  isModel: true,
  typed: [
    "9223372036854775807",
    "12345678901234567890.123456789",
    "1",
    "0.1",
    "00ff7f",
    "2026-01-02T03:04:05.123456",
    "2026-01-02T03:04:05.123456+02:00",
    "2026-01-02",
    '{"a":[1,null]}',
  ],
});

testOutput({
  name: "mssql output",
  subject,
  destination: async (test) => {
    await using database = await start();
    const arrived = async () => {
      const rows = await historyOf(database);
      return rows.map((row) => JSON.parse(row));
    };
    const { config } = database;
    await test({
      config: { ...config, table: "history", mode: "append_changes" },
      arrived,
      stall: () => {
        const goOn = database.tables.stall();
        return Promise.resolve(() => Promise.resolve(goOn()));
      },
    });
  },
});

Deno.test("SQL Server 22: a connection that died while idle is replaced", async () => {
  await using database = await start();
  await database.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  await using running = new Running(subject);
  await running.send(version2Line(database.config) + lineOf(1));
  await running.linesUntil((line) => recordOf(line)?.ack === 1);
  database.tables.server.dropAll();
  await running.send(lineOf(2));
  await running.linesUntil((line) => recordOf(line)?.ack === 2);
  await running.closeStdin();
  await running.endsWith(0);
  const rows = await database.rows("SELECT id FROM t ORDER BY id");
  assertEquals(rows, ["1", "2"]);
});

Deno.test("SQL Server 20: a victim of a deadlock is tried again", async () => {
  await using database = await start();
  await database.run("CREATE TABLE t (id INTEGER PRIMARY KEY)");
  database.tables.failures.set("put", [deadlock(), deadlock()]);
  await using running = new Running(subject);
  await running.send(version2Line(database.config) + lineOf(2));
  await running.linesUntil((line) => recordOf(line)?.ack === 1);
  await running.closeStdin();
  await running.endsWith(0);
  assertEquals(await database.rows("SELECT id FROM t"), ["2"]);
  assertEquals(database.tables.failures.get("put"), []);
});

Deno.test("SQL Server: a value that its column can't be is one dead letter", async () => {
  await using database = await start();
  await database.run("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)");
  await using running = new Running(subject);
  await running.send(
    version2Line(database.config) + lineOf(1, { n: "x" }) +
      lineOf(2, { n: "7" }),
  );
  await running.closeStdin();
  const records = (await running.allLines()).map(recordOf);
  await running.endsWith(0);
  const rejected = records
    .flatMap((record) => (record?.reject as { seq: number }) ?? []);
  assertEquals(rejected.map(({ seq }) => seq), [1]);
  assertEquals(await database.rows("SELECT id, n FROM t"), ["2|7"]);
});

function lineOf(id: number, more: object = {}): string {
  const metadata = { table: "t", operation: "insert", key: ["id"] };
  return `${JSON.stringify({ data: { id, ...more }, metadata })}\n`;
}
