/**
 * One table is read again while a task runs: a message in the log asks for it.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import type { Postgres } from "../support/servers/postgres.ts";
import { InputRun, isStreaming, type Received, until } from "./input_run.ts";
import { promises, type PromiseTest, SYSTEMS } from "./promises.ts";

const TABLES =
  "CREATE TABLE orders (id bigint PRIMARY KEY, n int, name text);" +
  "CREATE TABLE other (id bigint PRIMARY KEY, n int);";
const ROWS = "INSERT INTO orders SELECT n, 0, repeat('x', 100) " +
  "FROM generate_series(1, 6000) n; INSERT INTO other VALUES (1, 0)";
const CONFIG = { tables: ["orders", "other"] };

const signal = (table: string, prefix = "dstream.read") =>
  `SELECT pg_logical_emit_message(true, '${prefix}', '${table}')`;

/** What a destination holds that keeps the newest of each row. */
class Copy {
  readonly rows = new Map<string, unknown>();
  /** Of these, rows that came by reading. */
  readonly read = { orders: 0, other: 0 };

  apply({ data, metadata }: Received): void {
    const table = metadata.table as "orders" | "other";
    const id = `${table} ${data.id}`;
    const { before } = metadata as { before?: { id: unknown } };
    if (before !== undefined) this.rows.delete(`${table} ${before.id}`);
    if (metadata.operation === "read") this.read[table]++;
    if (metadata.operation === "delete") this.rows.delete(id);
    else this.rows.set(id, data.n);
  }

  async assertEquals(server: Postgres, database: string): Promise<void> {
    const sql = "SELECT 'orders ' || id, n FROM orders UNION ALL " +
      "SELECT 'other ' || id, n FROM other ORDER BY 1";
    const theirs = (await server.sql(sql, database)).split("\n").sort();
    const ours = [...this.rows].map(([id, n]) => `${id}|${n}`).sort();
    assertEquals(ours.length, theirs.length);
    assertEquals(ours, theirs);
  }
}

/** Takes envelopes until one is as wanted, and acknowledges them now and then. */
async function takeUntil(
  run: InputRun,
  copy: Copy,
  isWanted: (each: Received) => boolean,
): Promise<void> {
  for (;;) {
    const each = await run.next();
    if (each === undefined) throw new Error("it ended early");
    copy.apply(each);
    if (run.received % 500 === 0) await run.acknowledge();
    if (isWanted(each)) break;
  }
  await run.acknowledge();
}

/** The first run: all rows are there, changes are read. */
async function afterSnapshot(
  server: Postgres,
  db: string,
  run: InputRun,
  copy: Copy,
): Promise<void> {
  await takeUntil(run, copy, () => copy.read.orders === 6_000);
  if (copy.read.other === 0) await takeUntil(run, copy, () => true);
  await until(server, db, isStreaming(db), "t");
  // Its state comes before what follows.
  await server.sql("UPDATE other SET n = -2", db);
  await takeUntil(run, copy, ({ data }) => data.n === -2);
  copy.read.orders = copy.read.other = 0;
}

const TESTS: Readonly<Record<string, PromiseTest>> = {
  "its rows come once more, in parts, and changes of all tables between them":
    async (server, db) => {
      await server.sql(TABLES + ROWS, db);
      await using run = await InputRun.start(server, db, CONFIG);
      const copy = new Copy();
      await afterSnapshot(server, db, run, copy);
      await server.sql(signal("orders"), db);
      let isOver = false;
      const writer = (async () => {
        for (let n = 1; !isOver; n++) {
          const id = Math.floor(n * 7919 % 6_000) + 1;
          await server.sql(
            `UPDATE orders SET n = ${n} WHERE id BETWEEN ${id} AND ${
              id + 20
            };` +
              `DELETE FROM orders WHERE id = ${id}; ` +
              `UPDATE orders SET id = id + 1000000 WHERE id = ${id + 3}; ` +
              `INSERT INTO orders VALUES (${n - 100_000}, ${n}, 'new'); ` +
              `UPDATE other SET n = ${n}`,
            db,
          );
        }
      })();
      let between = 0;
      await takeUntil(run, copy, ({ data, metadata }) => {
        if (metadata.table === "other" && copy.read.orders > 0) between++;
        return metadata.operation === "read" && Number(data.id) > 5_900;
      });
      isOver = true;
      await writer;
      await server.sql("UPDATE other SET n = -1", db);
      await takeUntil(run, copy, ({ data }) => data.n === -1);
      await copy.assertEquals(server, db);
      assert.ok(copy.read.orders > 4_000, `${copy.read.orders}`);
      assertEquals(copy.read.other, 0);
      assert.ok(between > 0, "no change came between the parts");
      await run.untilSays(/orders was read again/);
    },

  "killed in the middle, the next run reads the rest": async (server, db) => {
    await server.sql(TABLES + ROWS, db);
    const copy = new Copy();
    let state;
    {
      await using run = await InputRun.start(server, db, CONFIG);
      await afterSnapshot(server, db, run, copy);
      await server.sql(signal("orders"), db);
      await takeUntil(run, copy, () => copy.read.orders === 2_500);
      state = run.state;
      run.process.kill("SIGKILL");
    }
    await server.sql("UPDATE orders SET n = 7 WHERE id % 2 = 0", db);
    const config = { ...CONFIG, follow: false };
    await using run = await InputRun.start(server, db, config, state);
    const rest = await run.all();
    for (const each of rest) copy.apply(each);
    await copy.assertEquals(server, db);
    const again = rest.filter((e) => e.metadata.operation === "read").length;
    assert.ok(again >= 3_000 && again < 6_000, `${again} rows came again`);
    await run.process.endsWith(0);
  },

  "killed before the state is stored, the wish comes once more": async (
    server,
    db,
  ) => {
    await server.sql(TABLES + ROWS, db);
    let before;
    {
      await using run = await InputRun.start(server, db, CONFIG);
      await afterSnapshot(server, db, run, new Copy());
      before = run.state;
      await server.sql(signal("orders"), db);
      assertEquals((await run.next())?.metadata.operation, "read");
      // Nothing else is acknowledged; statuses go out meanwhile.
      await server.sql("CREATE TABLE noise AS SELECT 1", db);
      await new Promise((resolve) => setTimeout(resolve, 2500));
      run.process.kill("SIGKILL");
    }
    const config = { ...CONFIG, follow: false };
    await using run = await InputRun.start(server, db, config, before);
    assertEquals((await run.all()).length, 6_000);
    const after = run.state;
    await run.process.endsWith(0);
    // What is done is not done again, though the slot may stand before it.
    await using last = await InputRun.start(server, db, config, after);
    assertEquals((await last.all()).length, 0);
  },

  "rows wait for a commit that a process before has told and nobody sees yet":
    async (server, db) => {
      await server.sql(TABLES + "INSERT INTO orders VALUES (1, 1, 'a')", db);
      const nobody = async (name: string) => {
        await server.sql(
          `ALTER SYSTEM SET synchronous_standby_names = '${name}'`,
        );
        await server.sql("SELECT pg_reload_conf()");
      };
      const waits = "SELECT count(*) FROM pg_stat_activity WHERE " +
        `datname = '${db}' AND wait_event = 'SyncRep'`;
      // It stays in the log alone until the standby has it.
      await server.sql(`ALTER DATABASE ${db} SET synchronous_commit = local`);
      await nobody("nobody");
      const copy = new Copy();
      let state;
      let commit;
      try {
        {
          await using run = await InputRun.start(server, db, CONFIG);
          await run.take(1);
          await until(server, db, isStreaming(db), "t");
          commit = server.sql(
            "SET synchronous_commit = on; UPDATE orders SET n = 2",
            db,
          );
          copy.apply((await run.take(1))[0]);
          await until(server, db, waits, "1");
          await run.stop();
          state = run.state;
        }
        await using run = await InputRun.start(server, db, CONFIG, state);
        await until(server, db, isStreaming(db), "t");
        await server.sql(signal("orders"), db);
        await run.untilSays(/orders is read again later: rows are older/);
        await nobody("");
        await commit;
        const [read] = await run.take(1);
        assertEquals([read.metadata.operation, read.data.n], ["read", 2]);
      } finally {
        await nobody("");
      }
    },

  "a wish that can't be met is told, and changes go on": async (server, db) => {
    await server.sql(
      TABLES + "CREATE TABLE keyless (a int); " +
        "ALTER TABLE keyless REPLICA IDENTITY FULL",
      db,
    );
    const config = { tables: [...CONFIG.tables, "keyless"] };
    await using run = await InputRun.start(server, db, config);
    await until(server, db, isStreaming(db), "t");
    await server.sql(
      `${signal("nothing")}; ${signal("keyless")}; ` +
        `${signal("orders", "dstream.read.elsewhere")}; ` +
        "INSERT INTO other VALUES (2, 2)",
      db,
    );
    const [first] = await run.take(1);
    assertEquals(first.metadata.operation, "insert");
    await run.untilSays(/this task reads no table .*nothing/);
    await run.untilSays(/keyless: without a primary key/);
  },

  "an altered table is read as it is, and a locked one later": async (
    server,
    db,
  ) => {
    await server.sql(TABLES + "INSERT INTO orders VALUES (1, 1, 'a')", db);
    await using run = await InputRun.start(server, db, CONFIG);
    await run.take(1);
    await until(server, db, isStreaming(db), "t");
    await server.sql(
      `BEGIN; ${signal("orders", `dstream.read.${db}`)}; COMMIT; ` +
        "BEGIN; ALTER TABLE orders ADD extra text DEFAULT 'e'; " +
        "SELECT pg_sleep(1); COMMIT; INSERT INTO orders VALUES (2, 2, 'b')",
      db,
    );
    const seen = await run.take(2);
    const read = seen.find((each) => each.metadata.operation === "read");
    assertEquals(read?.data.id, 1);
    const shapes = run.schemas.map(({ fields }) => fields.length);
    assertEquals(shapes.at(-1), 4, "the newest schema is told last");
  },
};

promises("a table is read again while the task runs", TESTS, {}, SYSTEMS);
