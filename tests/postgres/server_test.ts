/**
 * What the `postgres` input promises when the server or the way to it is the
 * trouble; the numbers are those of docs/postgres.md.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { CuttableProxy } from "../support/cuttable_proxy.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import type { PostgresConfig } from "../../providers/postgres/input/config.ts";
import type { ServerFacts } from "../../providers/postgres/input/setup/catalog.ts";
import { refuseServer } from "../../providers/postgres/input/setup/prepare.ts";
import { InputRun, isActive, isStreaming, until } from "./input_run.ts";
import { ask, resourceOf } from "./lifecycle.ts";
import { hasServer, promises, startForPromises } from "./promises.ts";

const ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, name text);";
const TEN = "INSERT INTO orders SELECT n, 'order ' || n " +
  "FROM generate_series(1, 10) n;";

/** Connections of a run: for the catalog, the holder of the snapshot, readers. */
const FIRST_READER = 3;

/** The same server by another port. */
function through({ port }: CuttableProxy, { url }: Postgres, database: string) {
  const changed = new URL(url);
  changed.port = String(port);
  changed.pathname = `/${database}`;
  // Else each connection would be two: one that asks for encryption first.
  return { connection_string: changed.href, sslmode: "disable" };
}

promises("the postgres input bears with its server", {
  "3: nothing ends the holder of the snapshot for being slow": async (
    server,
    db,
  ) => {
    await server.sql(ORDERS + TEN, db);
    await server.sql(
      `ALTER DATABASE ${db} SET idle_session_timeout = '300ms'; ` +
        `ALTER DATABASE ${db} SET statement_timeout = '300ms'; ` +
        `ALTER DATABASE ${db} SET idle_in_transaction_session_timeout = '300ms'`,
    );
    using proxy = new CuttableProxy(server.port);
    const release = proxy.hold(FIRST_READER);
    await using run = await InputRun.start(server, db, {
      ...through(proxy, server, db),
      tables: ["orders"],
    });
    await until(
      server,
      server.database, // where the test's own questions have the time they take
      `SELECT count(*) FROM pg_replication_slots WHERE slot_name = '${db}'`,
      "1",
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await server.sql(`ALTER DATABASE ${db} RESET ALL`);
    await server.sql("INSERT INTO orders VALUES (11, 'later')", db);
    release();
    const operations = (await run.take(11)).map((e) => e.metadata.operation);
    assertEquals(operations, [...Array(10).fill("read"), "insert"]);
  },

  "3: a holder that breaks before all readers have the snapshot is an error, and the next run reads all":
    async (server, db) => {
      await server.sql(ORDERS + TEN, db);
      using proxy = new CuttableProxy(server.port);
      const config = {
        ...through(proxy, server, db),
        tables: ["orders"],
        follow: false,
      };
      {
        const release = proxy.hold(FIRST_READER);
        await using run = await InputRun.start(server, db, config);
        await until(
          server,
          db,
          "SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) " +
            "FROM pg_stat_activity WHERE backend_type = 'walsender' AND " +
            `datname = '${db}' AND backend_xmin IS NOT NULL`,
          "t",
        );
        release();
        while (await run.next().catch(() => undefined) !== undefined);
        await run.process.endsWith(1);
        assert.match(
          run.process.stderr,
          /the snapshot is gone|terminating connection/,
        );
      }
      await until(
        server,
        db,
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = " +
          `'walsender' AND datname = '${db}'`,
        "0",
      );
      await using again = await InputRun.start(server, db, config);
      assertEquals((await again.all()).length, 10);
    },

  "9: a connection that falls silent is replaced": async (server, db) => {
    await server.sql(ORDERS, db);
    using proxy = new CuttableProxy(server.port);
    await using run = await InputRun.start(server, db, {
      ...through(proxy, server, db),
      tables: ["orders"],
      connect_timeout: "3s",
    });
    await until(server, db, isStreaming(db), "t");
    proxy.fallSilent();
    await server.sql(TEN, db);
    assertEquals((await run.take(10)).length, 10);
    assert.match(run.process.stderr, /has said nothing for/);
  },

  "24: lag, retained log and how the slot stands are in status and in metrics":
    async (server, db) => {
      await server.sql(ORDERS, db);
      const config = { tables: ["orders"] };
      await using run = await InputRun.start(server, db, config);
      await until(server, db, isStreaming(db), "t");
      await server.sql(TEN, db);
      await run.take(10, false);
      const found = resourceOf(
        await ask("status", server, db, config),
        "replication slot",
      );
      assert.ok(Number(found.behind_bytes) > 0, JSON.stringify(found));
      assert.ok(Number(found.retained_bytes) > 0);
      assertEquals(found.wal_status, "reserved");
      const [told] = run.gauges;
      assert.ok(told.retained_bytes > 0 && told.lag >= 0, JSON.stringify(told));
      assert.ok(told.lag_seconds >= 0);
    },
});

promises(
  "the postgres input is told before its slot is lost",
  {
    "24: a warning comes before the server drops the slot, and a lost slot is told (22)":
      async (server, db) => {
        await server.sql(ORDERS, db);
        const config = { tables: ["orders"] };
        let state;
        {
          await using run = await InputRun.start(server, db, config);
          await until(server, db, isStreaming(db), "t");
          await server.sql(TEN, db);
          await run.take(10, false);
          state = run.state;
        }
        await until(server, db, isActive(db), "f");
        const fill = "SELECT pg_switch_wal(); CREATE TABLE IF NOT EXISTS f " +
          "(n int); INSERT INTO f SELECT generate_series(1, 1000);";
        for (let i = 0; i < 6; i++) await server.sql(fill, db);
        const near = await ask("status", server, db, config);
        assert.match(String(near?.message), /may drop it soon/);
        await using warned = await InputRun.start(server, db, config, state);
        await until(server, db, isStreaming(db), "t");
        await warned.take(10, false);
        await warned.untilSays(/may drop it soon/);
        warned.process.kill("SIGKILL");
        await until(server, db, isActive(db), "f");
        for (let i = 0; i < 16; i++) await server.sql(fill, db);
        await server.sql("CHECKPOINT", db);
        const lost = await ask("status", server, db, config);
        assert.match(String(lost?.message), /the slot is lost/);
        await using failing = await InputRun.start(server, db, config, state);
        const failure = await failing.all().catch((error) => String(error));
        assert.match(String(failure), /is lost: the server has removed log/);
      },
  },
  {
    max_slot_wal_keep_size: "200MB",
    max_wal_size: "32MB",
    min_wal_size: "32MB",
  },
);

/** Rows and changes come from a server that only follows another. */
async function readFromStandby(
  primary: Postgres,
  standby: Postgres,
): Promise<void> {
  const config = { tables: ["orders"], slot: "reading" };
  await assert.rejects(
    ask("init", standby, "shop", config),
    /is a standby: .*read-only/,
  );
  await primary.sql(
    "CREATE PUBLICATION dstream FOR TABLE orders " +
      "WITH (publish_via_partition_root = true)",
    "shop",
  );
  await until(standby, "shop", "SELECT count(*) FROM pg_publication", "1");
  await assert.rejects(
    ask("plan", standby, "shop", { ...config, heartbeat: "1s" }),
    /no message can be written/,
  );
  const telling = "SELECT pg_log_standby_snapshot()";
  let state;
  {
    await using run = await InputRun.start(standby, "shop", config);
    await run.untilSays(/makes the slot once its primary has told/);
    await until(standby, "shop", isActive("reading"), "t");
    while (await standby.sql(IS_MADE) !== "t") await primary.sql(telling);
    await run.take(10);
    await primary.sql(
      "BEGIN; UPDATE orders SET name = 'b' WHERE id = 1; " +
        "DELETE FROM orders WHERE id = 2; COMMIT; " +
        "INSERT INTO orders VALUES (2, 'order 2')",
      "shop",
    );
    const seen = (await run.take(3)).map((each) => each.metadata.operation);
    assertEquals(seen, ["update", "delete", "insert"]);
    await primary.sql(
      "SELECT pg_logical_emit_message(true, 'dstream.read', 'orders')",
      "shop",
    );
    assertEquals((await run.take(10))[0].metadata.operation, "read");
    await run.stop();
    state = run.state;
  }
  const status = await ask("status", standby, "shop", config);
  assertEquals(resourceOf(status, "replication slot").wal_status, "reserved");
  await primary.sql("UPDATE orders SET name = 'c' WHERE id = 1", "shop");
  await until(standby, "shop", "SELECT name FROM orders WHERE id = 1", "c");
  const rest = { ...config, follow: false };
  await using run = await InputRun.start(standby, "shop", rest, state);
  assertEquals((await run.all()).map(({ data }) => data.name), ["c"]);
  await run.process.endsWith(0);
  const destroyed = await ask("destroy", standby, "shop", config);
  assertEquals(destroyed?.changes?.map(({ name }) => name), ["reading"]);
  assert.match(String(destroyed?.message), /primary .*DROP PUBLICATION/);
}

/** Whether the slot is more than begun. */
const IS_MADE = "SELECT confirmed_flush_lsn IS NOT NULL " +
  "FROM pg_replication_slots WHERE slot_name = 'reading'";

async function isSynced(standby: Postgres): Promise<boolean> {
  const found = await standby.sql(
    "SELECT synced AND NOT temporary FROM pg_replication_slots " +
      "WHERE slot_name = 'shop'",
  );
  return found === "t";
}

for (const major of ["17", "18"]) {
  Deno.test({
    name:
      `23: a slot with failover goes on at the standby (PostgreSQL ${major})`,
    ignore: !hasServer(major),
    async fn() {
      await using primary = await startForPromises({}, major);
      await primary.sql("CREATE DATABASE shop");
      await primary.sql(ORDERS + TEN, "shop");
      await primary.sql(
        "SELECT pg_create_physical_replication_slot('standby')",
      );
      await primary.process.stop();
      const { port, user, password } = primary;
      await using standby = await startForPromises(
        {
          primary_conninfo: `host=127.0.0.1 port=${port} user=${user} ` +
            `password=${password} dbname=postgres`,
          primary_slot_name: "standby",
          hot_standby_feedback: true,
          sync_replication_slots: true,
        },
        major,
        { copyOf: primary, files: { "standby.signal": "" } },
      );
      await primary.process.restart();
      await readFromStandby(primary, standby);
      const config = { tables: ["orders"], failover: true };
      const planned = await ask("plan", primary, "shop", config);
      assertEquals(resourceOf(planned, "replication slot").failover, true);
      await ask("init", primary, "shop", config);
      const made = await ask("plan", primary, "shop", config);
      const found = resourceOf(made, "replication slot");
      assertEquals([found.failover, found.synced], [true, false]);
      let state;
      {
        await using run = await InputRun.start(primary, "shop", config);
        await run.take(10);
        await primary.sql("INSERT INTO orders VALUES (11, 'a')", "shop");
        await run.take(1);
        // The standby keeps it once the slot has moved beyond what it has itself.
        while (!await isSynced(standby)) {
          await primary.sql("CHECKPOINT", "shop");
        }
        await run.stop();
        state = run.state;
      }
      await primary.sql("INSERT INTO orders VALUES (12, 'b')", "shop");
      const copy = await ask("status", standby, "shop", config);
      assertEquals(resourceOf(copy, "replication slot").synced, true);
      await until(standby, "shop", "SELECT count(*) FROM orders", "12");
      await primary.process.stop();
      await standby.sql("SELECT pg_promote()");
      await standby.sql("INSERT INTO orders VALUES (13, 'c')", "shop");
      await using run = await InputRun.start(standby, "shop", {
        ...config,
        follow: false,
      }, state);
      const ids = new Set((await run.all()).map(({ data }) => data.id));
      assert.ok(ids.has(12) && ids.has(13), [...ids].join());
      assert.ok(ids.size <= 3, "rows that were read came again");
    },
  });
}

Deno.test({
  name: "14 and 15: what is missing is told by plan, with the statement",
  ignore: !hasServer(undefined),
  async fn(t) {
    await using server = await startForPromises({}, undefined);
    await server.sql(
      "CREATE TABLE events (id int PRIMARY KEY) PARTITION BY RANGE (id); " +
        "CREATE PUBLICATION plain FOR TABLE events; " +
        "CREATE ROLE reader LOGIN PASSWORD 'r'; " +
        "CREATE ROLE stranger LOGIN REPLICATION PASSWORD 's'; " +
        "GRANT CREATE ON DATABASE postgres TO stranger",
    );
    const cases = [
      ["plan", { publication: "plain" }, /as those of its partitions/],
      ["plan", { user: "reader", password: "r" }, /may not read the change/],
      ["init", { user: "stranger", password: "s" }, /not allowed: .*owner/],
    ] as const;
    for (const [command, more, refusal] of cases) {
      await t.step(`${command}: ${refusal}`, async () => {
        const config = { tables: ["events"], ...more };
        await assert.rejects(
          ask(command, server, "postgres", config),
          refusal,
        );
      });
    }
  },
});

Deno.test("a standby is refused that can't tell changes", () => {
  const facts = { isInRecovery: true, version: 150000 } as ServerFacts;
  const config = { failover: false, heartbeat: 0 } as PostgresConfig;
  assert.throws(() => refuseServer(facts, config), /PostgreSQL 16/);
});

Deno.test({
  name: "23: failover is refused where the server can't",
  ignore: !hasServer(undefined),
  async fn() {
    await using server = await startForPromises({}, undefined);
    if (Number(await server.sql("SHOW server_version_num")) >= 170000) return;
    await server.sql(ORDERS);
    const config = { tables: ["orders"], failover: true };
    await assert.rejects(
      ask("plan", server, "postgres", config),
      /came with PostgreSQL 17|can't keep slots on standbys/,
    );
  },
});
