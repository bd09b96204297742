/**
 * The requirements of a database output, by their numbers in the connectors' list,
 * against a real MariaDB.
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
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { needs } from "../../../tests/support/needs.ts";
import {
  type MariaDb,
  startMariaDb,
} from "../../../tests/support/servers/mariadb.ts";
import { standStill } from "../../../tests/support/stand_still.ts";
import { type Database, historyOf, sqlTests } from "../../sql/test_support.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

/** A database of its own, in the server all tests share. */
async function startIn(server: MariaDb): Promise<Database> {
  const name = `db_${crypto.randomUUID().replaceAll("-", "")}`;
  await server.sql(`CREATE DATABASE ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  const ansi = "SET sql_mode = 'ANSI_QUOTES'; ";
  return {
    config: { connection_string: url.href },
    run: async (sql) => {
      await server.sql(ansi + sql, name);
    },
    rows: async (sql) => {
      const text = await server.sql(ansi + sql, name);
      return text.split("\n").filter((line) => line !== "")
        .map((line) =>
          line.split("\t").map((each) => each === "NULL" ? "" : each).join("|")
        );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

if (needs("mariadb")) {
  let server: MariaDb;
  const start = () => startIn(server);
  Deno.test.beforeAll(async () => {
    server = await startMariaDb({ max_allowed_packet: "64M" });
  });
  Deno.test.afterAll(() => server[Symbol.asyncDispose]());

  sqlTests({
    name: "MariaDB",
    subject,
    start,
    columnOfBytes: (name) => `HEX(${name})`,
    typed: [
      "9223372036854775807",
      "12345678901234567890.123456789000000000000000000000",
      "1",
      "0.1",
      "00FF7F",
      "2026-01-02 03:04:05.123456",
      "2026-01-02 01:04:05.123456",
      "2026-01-02",
      '{"a":[1,null]}',
    ],
  });

  testOutput({
    name: "mysql output",
    subject,
    destination: async (test) => {
      await using database = await start();
      const arrived = async () => {
        const rows = await historyOf(database, "HEX(data)");
        return rows.map((row) =>
          JSON.parse(new TextDecoder().decode(Uint8Array.fromHex(row)))
        );
      };
      const { config } = database;
      await test({
        config: { ...config, table: "history", mode: "append_changes" },
        arrived,
        stall: () => Promise.resolve(standStill(server.process.pid)),
      });
    },
  });

  Deno.test("MariaDB 22: a connection that died while idle is replaced", async () => {
    await using database = await start();
    await database.run("CREATE TABLE t (id int PRIMARY KEY)");
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lineOf(1));
    await running.linesUntil((line) => recordOf(line)?.ack === 1);
    const [id] = await database.rows(
      "SELECT id FROM information_schema.processlist " +
        "WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    );
    await database.run(`KILL ${id}`);
    await running.send(lineOf(2));
    await running.linesUntil((line) => recordOf(line)?.ack === 2);
    await running.closeStdin();
    await running.endsWith(0);
    const rows = await database.rows("SELECT id FROM t ORDER BY id");
    assertEquals(rows, ["1", "2"]);
  });

  Deno.test("MariaDB 20: a victim of a deadlock is tried again", async () => {
    await using database = await start();
    await database.run(
      "CREATE TABLE t (id int PRIMARY KEY); CREATE SEQUENCE tries;\n" +
        "DELIMITER //\nCREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW " +
        "IF NEXTVAL(tries) < 3 THEN SIGNAL SQLSTATE '40001' " +
        "SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'Deadlock found'; END IF //",
    );
    await using running = new Running(subject);
    await running.send(version2Line(database.config) + lineOf(2));
    await running.linesUntil((line) => recordOf(line)?.ack === 1);
    await running.closeStdin();
    await running.endsWith(0);
    assertEquals(await database.rows("SELECT id FROM t"), ["2"]);
  });

  Deno.test("MariaDB 21: no statement is larger than the server takes", async () => {
    await using small = await startMariaDb({ max_allowed_packet: "1M" });
    await small.sql("CREATE TABLE t (id int PRIMARY KEY, a LONGTEXT)");
    await using running = new Running(subject);
    await running.send(version2Line({ connection_string: small.url }));
    for (let id = 1; id <= 6; id++) {
      const a = "é".repeat(id === 6 ? 1_000_000 : 100_000);
      await running.send(lineOf(id, { a }));
    }
    await running.closeStdin();
    const records = (await running.allLines()).map(recordOf);
    await running.endsWith(0);
    const rejected = records
      .flatMap((record) => (record?.reject as { seq: number }) ?? []);
    assertEquals(rejected.map(({ seq }) => seq), [6]);
    assertEquals(await small.sql("SELECT count(*) FROM t"), "5");
  });

  Deno.test("MariaDB 23: an index besides the key never takes another row", async () => {
    await using database = await start();
    await database.run(
      "CREATE TABLE t (id int PRIMARY KEY, b int UNIQUE); " +
        "INSERT INTO t VALUES (1, 10)",
    );
    await using running = new Running(subject);
    await running.send(
      version2Line(database.config) + lineOf(2, { b: 10 }) +
        lineOf(3, { b: 11 }),
    );
    await running.closeStdin();
    const all = (await running.allLines()).join("\n");
    await running.endsWith(0);
    assert.match(all, /"reject":\{"seq":1/);
    assert.match(all + running.stderr, /unique index besides its key/);
    const rows = await database.rows("SELECT id, b FROM t ORDER BY id");
    assertEquals(rows, ["1|10", "3|11"]);
  });
}

function lineOf(id: number, more: object = {}): string {
  const metadata = { table: "t", operation: "insert", key: ["id"] };
  return `${JSON.stringify({ data: { id, ...more }, metadata })}\n`;
}
