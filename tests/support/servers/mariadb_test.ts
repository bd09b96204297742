import { assert } from "../assert.ts";
import { needs } from "../needs.ts";
import { startMariaDb } from "./mariadb.ts";

const ignore = !needs("mariadb");

Deno.test({
  name: "a MariaDB takes settings and statements, and is gone with its brace",
  ignore,
  fn: async () => {
    let folder: string;
    {
      await using server = await startMariaDb({ max_connections: 17 });
      folder = server.process.folder.path;
      assert.equal(await server.sql("SELECT @@max_connections"), "17");
      await server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2)");
      assert.equal(await server.sql("SELECT n, n + 1 FROM t"), "1\t2\n2\t3");
    }
    await assert.rejects(() => Deno.stat(folder), Deno.errors.NotFound);
  },
});

Deno.test({
  name: "a MariaDB that crashed comes back with what was committed",
  ignore,
  fn: async () => {
    await using server = await startMariaDb();
    await server.sql("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    await server.process.kill();
    await server.process.restart();
    assert.equal(await server.sql("SELECT n FROM t"), "1");
  },
});
