/** examples/copy-postgres does what it says, between two databases. */

import { startDstream } from "../e2e/support/program.ts";
import { assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";

const EXAMPLE = new URL(
  "../../examples/copy-postgres/dstream.hcl",
  import.meta.url,
);
const LOOK_MS = 50;
const ROWS = "SELECT id, total FROM orders ORDER BY id";

if (needs("postgres")) {
  Deno.test("the example copies a table and follows its changes", async () => {
    await using server = await startPostgres({ wal_level: "logical" });
    await server.sql("CREATE DATABASE copy");
    await server.sql(
      "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12, 2)); " +
        "INSERT INTO orders VALUES (1, 12.5), (2, 30)",
    );
    await using folder = await TempFolder.make({
      "dstream.hcl": await Deno.readTextFile(EXAMPLE),
    });
    const target = new URL(server.url);
    target.pathname = "/copy";
    const run = startDstream(["run", "copy"], {
      cwd: folder.path,
      env: { SOURCE_URL: server.url, TARGET_URL: target.href },
      timeoutMs: 120_000,
    });
    const until = async (wanted: string) => {
      for (;;) {
        const found = await server.sql(ROWS, "copy").catch(() => "");
        if (found === wanted) return;
        const isOver = await Promise.race([
          run.finished.then(() => true),
          new Promise<false>((resolve) => setTimeout(resolve, LOOK_MS, false)),
        ]);
        if (isOver) throw new Error(`it ended with ${found}: ${run.stderr}`);
      }
    };
    await until("1|12.50\n2|30.00");
    await server.sql(
      "UPDATE orders SET total = 13 WHERE id = 1; DELETE FROM orders " +
        "WHERE id = 2; UPDATE orders SET id = 7; INSERT INTO orders VALUES (8, 1)",
    );
    await until("7|13.00\n8|1.00");
    run.kill("SIGTERM");
    assertEquals((await run.finished).code, 143);
  });
}
