/**
 * The stateless provider's own way to be used: a shell, a file, a pipe.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { inserts, makeTables } from "./support/orders.ts";
import { ModelTestDatabase } from "./support/model_database.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const isWindows = Deno.build.os === "windows";

async function shell(config: unknown) {
  const text = JSON.stringify(config, null, 2);
  await using folder = await TempFolder.make({ "config.json": text });
  const exec = `'${Deno.execPath()}' run -A --no-check '${MAIN}'`;
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `cat config.json | ${exec} provider exec in-mssql`],
    cwd: folder.path,
  }).output();
  const linesOf = (bytes: Uint8Array) =>
    new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  return { code, stdout: linesOf(stdout), stderr: linesOf(stderr) };
}

Deno.test({
  name:
    "cat config.json | dstream provider exec in-mssql writes envelopes to stdout, logs to stderr",
  ignore: isWindows,
  fn: async () => {
    await using database = new ModelTestDatabase();
    await makeTables(database, "customers", "orders");
    await database.apply(...inserts("customers", 1, 2));
    await database.apply(...inserts("orders", 1, 1));
    const { code, stdout, stderr } = await shell({
      db_connection_string: database.connectionString,
      poll_interval: "50ms",
      max_poll_interval: "5m",
      lock_config: { type: "sql" },
      tables: ["dbo.customers", "dbo.orders"],
      follow: false,
    });
    assertEquals(code, 0, stderr.join("\n"));
    const tables = stdout.map((line) => JSON.parse(line).metadata.table);
    assertEquals(tables.toSorted(), ["customers", "customers", "orders"]);
    assert.ok(stderr.length > 0);
    assert.ok(
      stderr.every((line) => line.startsWith("[MSSQL-CDC] ")),
      stderr.join("\n"),
    );
    database.model.expectNoFaults();
  },
});

Deno.test({
  name:
    "the stateless provider's example is refused with what to write instead",
  ignore: isWindows,
  fn: async () => {
    const { code, stdout, stderr } = await shell({
      db_connection_string:
        "server=localhost;database=testdb;trusted_connection=true",
      tables: ["dbo.customers"],
    });
    assertEquals([code, stdout], [1, []]);
    assert.match(
      stderr.join("\n"),
      /^\[MSSQL-CDC\] error: .*integrated security/,
    );
  },
});
