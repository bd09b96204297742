import { dstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/servers/postgres.ts";
import { TempFolder } from "../support/temp_folder.ts";

const TABLES = `
  CREATE TABLE customers (id int PRIMARY KEY, name text);
  CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2));
  INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace');
  INSERT INTO orders VALUES (1, 12.50), (2, 30)`;

const CHANGES = `
  UPDATE customers SET name = 'Ada L.' WHERE id = 1;
  DELETE FROM orders WHERE id = 2;
  INSERT INTO orders VALUES (3, 7)`;

Deno.test({
  name: "the example writes rows and changes to a file, and keeps a copy",
  ignore: !needs("postgres"),
  async fn() {
    await using server = await startPostgres({ wal_level: "logical" });
    await server.sql("CREATE DATABASE shop");
    await server.sql("CREATE DATABASE copy");
    await server.sql(TABLES, "shop");
    await using folder = await TempFolder.make();
    const example = new URL(
      "../../examples/postgres/dstream.hcl",
      import.meta.url,
    );
    await folder.write("dstream.hcl", await Deno.readTextFile(example));
    const url = (name: string) => server.url.replace(/[^/]+$/, name);
    const env = { DATABASE_URL: url("shop"), COPY_URL: url("copy") };
    for (const change of ["", CHANGES]) {
      await server.sql(change, "shop");
      for (const task of ["changes-to-file", "copy"]) {
        const options = { cwd: folder.path, env, timeoutMs: 120_000 };
        const { code, stderr } = await dstream(["run", task], options);
        assert.equal(code, 0, stderr);
      }
    }
    const lines = (await folder.read("changes.jsonl")).trimEnd().split("\n");
    const operations = lines.map((line) => JSON.parse(line).metadata.operation);
    assertEquals(operations.slice(0, 4), Array(4).fill("read"));
    assertEquals(operations.slice(4), ["update", "delete", "insert"]);
    for (const table of ["customers", "orders"]) {
      const dump = `SELECT * FROM ${table} ORDER BY id`;
      assertEquals(
        await server.sql(dump, "copy"),
        await server.sql(dump, "shop"),
      );
    }
    // One table is read again, as docs/postgres.md tells.
    const run = async (...args: string[]) => {
      const options = { cwd: folder.path, env, timeoutMs: 120_000 };
      const { code, stdout, stderr } = await dstream(args, options);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const [{ state }] = Object.values<{ state: { tables: object } }>(
      JSON.parse(await run("state", "view", "changes-to-file")),
    );
    const tables = { ...state.tables, orders: undefined };
    const without = JSON.stringify({ ...state, tables });
    await run("state", "set", "changes-to-file", without);
    await run("run", "changes-to-file");
    const later = (await folder.read("changes.jsonl")).trimEnd().split("\n");
    const again = later.slice(lines.length).map((line) => JSON.parse(line));
    assertEquals(
      again.map(({ metadata: m, data }) => [m.table, m.operation, data.id]),
      [["orders", "read", 1], ["orders", "read", 3]],
    );
  },
});
