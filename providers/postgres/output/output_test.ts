/**
 * The requirements of a database output, by their numbers in the connectors' list,
 * against a real Postgres.
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
import { needs } from "../../../tests/support/needs.ts";
import {
  type Postgres,
  startPostgres,
} from "../../../tests/support/servers/postgres.ts";
import { standStill } from "../../../tests/support/stand_still.ts";
import { type Database, sqlTests } from "../../sql/test_support.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

/** A database of its own, in the server all tests share. */
async function startIn(server: Postgres): Promise<Database> {
  const name = `db_${crypto.randomUUID().replaceAll("-", "")}`;
  await server.sql(`CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    config: { connection_string: url.href },
    run: async (sql) => {
      await server.sql(sql, name);
    },
    rows: async (sql) => {
      const text = await server.sql(`SET TimeZone = 'UTC'; ${sql}`, name);
      return text.split("\n").filter((line) => line !== "");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

if (needs("postgres")) {
  let server: Postgres;
  const start = () => startIn(server);
  Deno.test.beforeAll(async () => {
    server = await startPostgres();
  });
  Deno.test.afterAll(() => server[Symbol.asyncDispose]());

  sqlTests({
    name: "Postgres",
    subject,
    start,
    typed: [
      "9223372036854775807",
      "12345678901234567890.123456789",
      "t",
      "0.1",
      "\\x00ff7f",
      "2026-01-02 03:04:05.123456",
      "2026-01-02 01:04:05.123456+00",
      "2026-01-02",
      '{"a": [1, null]}',
    ],
  });

  testOutput({
    name: "postgres output",
    subject,
    destination: async (test) => {
      await using database = await start();
      const arrived = async () => {
        const rows = await database.rows(
          "SELECT data FROM history ORDER BY change_id",
        );
        return rows.map((row) => JSON.parse(row));
      };
      const { config } = database;
      await test({
        config: { ...config, table: "history", mode: "append_changes" },
        arrived,
        stall: async () => {
          // The server, so that no new connection helps, and those there are.
          const pids = await database.rows(
            "SELECT pid FROM pg_stat_activity " +
              "WHERE datname = current_database() AND pid <> pg_backend_pid()",
          );
          const { pid } = server.process;
          return standStill(pid, ...pids.map(Number));
        },
      });
    },
  });

  Deno.test("Postgres 22: a connection that died while idle is replaced", async () => {
    await using database = await start();
    await database.run("CREATE TABLE t (id int PRIMARY KEY)");
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lineOf(1));
    await running.linesUntil((line) => recordOf(line)?.ack === 1);
    await database.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    await running.send(lineOf(2));
    await running.linesUntil((line) => recordOf(line)?.ack === 2);
    await running.closeStdin();
    await running.endsWith(0);
    const rows = await database.rows("SELECT id FROM t ORDER BY id");
    assertEquals(rows, ["1", "2"]);
  });

  Deno.test("Postgres 20: a victim of a lock is tried again", async () => {
    await using database = await start();
    await database.run(
      "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); " +
        "CREATE SEQUENCE tries; CREATE FUNCTION fail_once() RETURNS trigger " +
        "LANGUAGE plpgsql AS $$ BEGIN IF nextval('tries') < 3 THEN " +
        "RAISE 'deadlock' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$; " +
        "CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW " +
        "EXECUTE FUNCTION fail_once()",
    );
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lineOf(2));
    await running.linesUntil((line) => recordOf(line)?.ack === 1);
    await running.closeStdin();
    await running.endsWith(0);
    const rows = await database.rows("SELECT id FROM t ORDER BY id");
    assertEquals(rows, ["1", "2"]);
  });
}

function lineOf(id: number): string {
  const metadata = { table: "t", operation: "insert", key: ["id"] };
  return `${JSON.stringify({ data: { id }, metadata })}\n`;
}
