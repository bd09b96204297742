/**
 * The requirements of a database output, by their numbers in the connectors' list,
 * against a real Postgres.
 *
 * @module
 */

import { fromSource, testOutput } from "@dstream/sdk/testing";
import { needs } from "../../../tests/support/needs.ts";
import { startPostgres } from "../../../tests/support/servers/postgres.ts";
import { type Database, sqlTests } from "../../sql/test_support.ts";

const subject = fromSource(new URL("./main.ts", import.meta.url));

/** A server of its own. */
async function start(): Promise<Database> {
  const server = await startPostgres();
  return {
    config: { connection_string: server.url },
    run: async (sql) => {
      await server.sql(sql);
    },
    rows: async (sql) => {
      const text = await server.sql(`SET TimeZone = 'UTC'; ${sql}`);
      return text.split("\n").filter((line) => line !== "");
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

if (needs("postgres")) {
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
      });
    },
  });
}
