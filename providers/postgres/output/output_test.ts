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
import { type Database, historyOf, sqlTests } from "../../sql/test_support.ts";

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
    hasTwins: true,
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
        const rows = await historyOf(database);
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

  Deno.test("Postgres 8: a lost answer to COMMIT ends in a replay, which changes nothing", async () => {
    await using database = await start();
    await database.run("CREATE TABLE t (id int PRIMARY KEY, a text)");
    const waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' " +
      "AND datname = current_database()";
    const history = {
      ...database.config,
      mode: "append_changes",
      table: "history",
      checkpoint_table: "places",
    };
    const untilSome = async (sql: string) => {
      for (let tries = 0; tries < 600; tries++) {
        const rows = await database.rows(sql);
        if (rows.length > 0) return rows;
      }
      throw new Error(`never: ${sql}`);
    };
    try {
      for (const config of [database.config, history]) {
        await using running = new Running(subject);
        // The first change makes tables, and isn't what this is about.
        await running.send(version2Line(config) + lineAt(1, "01"));
        await running.linesUntil((line) => recordOf(line)?.ack === 1);
        await setting(server, "synchronous_standby_names = 'nobody'");
        // A commit is done and then waits for a standby that isn't there.
        await running.send(lineAt(2, "02"));
        const [lost] = await untilSome(`SELECT pid ${waiting}`);
        await untilSome(
          `SELECT 1 WHERE pg_terminate_backend(${lost}, 30000)`,
        );
        await setting(server, "synchronous_standby_names = ''");
        const lines = await running.linesUntil((line) =>
          recordOf(line)?.ack === 2
        );
        assertEquals(lines.filter((line) => /reject/.test(line)), []);
        await running.closeStdin();
        await running.endsWith(0);
      }
    } finally {
      await setting(server, "synchronous_standby_names = ''");
    }
    assertEquals(await database.rows("SELECT id FROM t ORDER BY 1"), [
      "1",
      "2",
    ]);
    const positions = "SELECT position FROM history ORDER BY change_id";
    assertEquals(await database.rows(positions), ["01", "02"]);
  });

  Deno.test("Postgres: an empty table is filled by COPY, with the same values, and then by INSERT", async () => {
    await using database = await start();
    const columns = "(id int PRIMARY KEY, a text, n numeric(9, 2), b bool, " +
      "j jsonb, k json, y bytea, at timestamptz, c varchar(9), f float8, " +
      "e text GENERATED ALWAYS AS (c) STORED)";
    await database.run(
      `CREATE TABLE t ${columns}; CREATE TABLE u ${columns}; ` +
        "INSERT INTO u (id) VALUES (0); CREATE TABLE said (words text); " +
        "CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
        "INSERT INTO said SELECT left(current_query(), 4); RETURN NULL; END $$",
    );
    for (const table of ["t", "u"]) {
      await database.run(
        `CREATE TRIGGER s AFTER INSERT ON ${table} FOR EACH STATEMENT ` +
          "EXECUTE FUNCTION say()",
      );
    }
    const texts = [
      "x",
      "",
      "\\",
      "\\N",
      "\\.",
      "a\tb\nc\rd",
      "ö\u2028'\"",
      null,
    ];
    const jsons = [
      { a: ["\\", "\t"] },
      ["NULL"],
      "text",
      1.5,
      true,
      null,
      {},
      "",
    ];
    const rows = Array.from({ length: 320 }, (_, id) => ({
      id: id + 1,
      a: texts[id % 8],
      n: id % 3 === 0 ? null : `${id}.5`,
      b: id % 2 === 0,
      j: jsons[id % 8],
      k: jsons[id % 8],
      y: id % 5 === 0 ? null : "AP9/",
      at: "2026-01-02T03:04:05.123456+02:00",
      c: id % 4,
      f: id % 7 === 0 ? "NaN" : id / 7,
    }));
    const lines = (table: string, more: object) =>
      rows.map((row) =>
        lineOf(0, { ...row, ...more }).replace(
          '"table":"t"',
          `"table":"${table}"`,
        )
      ).join("");
    for (const more of [{}, { a: "new" }]) {
      await using running = new Running(subject);
      await running.send(
        version2Line(database.config) + lines("t", more) + lines("u", more),
      );
      await running.linesUntil((line) => recordOf(line)?.ack === 640);
      await running.closeStdin();
      await running.endsWith(0);
      const different = await database.rows(
        "SELECT * FROM (SELECT t::text FROM t EXCEPT SELECT u::text FROM u) x",
      );
      assertEquals(different, []);
      const count = await database.rows("SELECT count(*), count(a) FROM t");
      assertEquals(count, ["a" in more ? "320|320" : "320|280"]);
      if (!("a" in more)) {
        const said = await database.rows(
          "SELECT DISTINCT words FROM said ORDER BY 1",
        );
        assertEquals(said, ["COPY", "INSE"]);
      }
    }
  });

  Deno.test("Postgres: where COPY meets a row that is there, or that can't be, the usual way is taken", async () => {
    await using database = await start();
    await database.run("CREATE TABLE t (id int PRIMARY KEY, a int)");
    const lines = (from: number) =>
      Array.from(
        { length: 3000 },
        (_, at) => lineOf(from + at, { a: at === 1500 ? "x" : from }),
      ).join("");
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lines(1) + lines(2001));
    await running.closeStdin();
    const records = (await running.allLines()).map(recordOf);
    await running.endsWith(0);
    const rejected = records
      .flatMap((record) => (record?.reject as { seq: number }) ?? []);
    assertEquals(rejected.map(({ seq }) => seq), [1501, 4501]);
    const found = await database.rows(
      "SELECT a, count(*) FROM t GROUP BY a ORDER BY a",
    );
    assertEquals(found, ["1|1999", "2001|2999"]);
  });

  Deno.test("Postgres: half of a surrogate pair is refused, by COPY as by JSON", async () => {
    await using database = await start();
    await database.run("CREATE TABLE t (id int PRIMARY KEY, a text)");
    const lines = Array.from(
      { length: 300 },
      (_, at) => lineOf(at, { a: at === 150 ? "\ud83d" : "\ud83d\ude00\n" }),
    ).join("");
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lines);
    await running.closeStdin();
    const records = (await running.allLines()).map(recordOf);
    await running.endsWith(0);
    const rejected = records
      .flatMap((record) => (record?.reject as { seq: number }) ?? []);
    assertEquals(rejected.map(({ seq }) => seq), [151]);
    const found = await database.rows("SELECT count(DISTINCT a) FROM t");
    assertEquals(found, ["1"]);
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

/** For all sessions, once the server has read it. */
async function setting(server: Postgres, assignment: string): Promise<void> {
  await server.sql(`ALTER SYSTEM SET ${assignment}`);
  await server.sql("SELECT pg_reload_conf()");
  const [name, value] = assignment.replaceAll("'", "").split(" = ");
  for (let tries = 0; tries < 600; tries++) {
    if (await server.sql(`SHOW ${name}`) === value) return;
  }
  throw new Error(`never: ${assignment}`);
}

function lineAt(id: number, position: string): string {
  const metadata = { table: "t", operation: "insert", key: ["id"], position };
  return `${JSON.stringify({ data: { id }, metadata })}\n`;
}

function lineOf(id: number, more: object = {}): string {
  const metadata = { table: "t", operation: "insert", key: ["id"] };
  return `${JSON.stringify({ data: { id, ...more }, metadata })}\n`;
}
