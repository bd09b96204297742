import { assert } from "../assert.ts";
import { needs } from "../needs.ts";
import { startPostgres } from "./postgres.ts";

const ignore = !needs("postgres");

Deno.test({
  name:
    "a PostgreSQL takes settings and statements, and is gone with its brace",
  ignore,
  fn: async () => {
    let folder: string;
    {
      await using server = await startPostgres({ wal_level: "logical" });
      folder = server.process.folder.path;
      assert.equal(await server.sql("SHOW wal_level"), "logical");
      await server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
      assert.equal(await server.sql("SELECT n, n + 1 FROM t"), "1|2\n2|3");
    }
    await assert.rejects(() => Deno.stat(folder), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "a PostgreSQL that crashed comes back with what was committed",
  ignore,
  fn: async () => {
    await using server = await startPostgres();
    await server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    await server.process.kill();
    await server.process.restart();
    assert.equal(await server.sql("SELECT n FROM t"), "1");
  },
});

Deno.test({
  name: "a PostgreSQL that can't start says why",
  ignore,
  fn: async () => {
    await assert.rejects(
      () => startPostgres({ wal_level: "nonsense" }),
      /wal_level/,
    );
  },
});
