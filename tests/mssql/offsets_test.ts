/**
 * Offsets: moved by what is delivered alone, fenced, owned, upstream's understood.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { config, idsOf, inserts, makeTables } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

const ZERO = "0".repeat(20);

requirement(
  "the offset moves only when a batch is delivered",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 3));
    const reading = await Reading.start(config(database), { isHeldBack: true });
    await reading.take(3);
    // Another poll has passed: a reader that stored what it read would have by now.
    await reading.saying("monitoring");
    assertEquals((await database.offset("orders"))?.lsn, ZERO);
    reading.deliver();
    const { LSN } = reading.envelopes.at(-1)!.metadata;
    await until(
      async () => (await database.offset("orders"))!.lsn >= LSN,
      () => "a moved offset",
    );
    await reading.stop();
  },
);

requirement("a stop stores what was delivered last", async (database) => {
  await makeTables(database, "orders");
  await database.apply(...inserts("orders", 1, 3));
  const reading = await Reading.start(config(database), {
    times: { flushIntervalMs: 600_000 },
  });
  await reading.take(3);
  await reading.stop();
  const { LSN } = reading.envelopes.at(-1)!.metadata;
  assert.ok((await database.offset("orders"))!.lsn >= LSN);
});

requirement(
  "one flush moves the offsets of all tables in one statement",
  async (database) => {
    const tables = ["t0", "t1", "t2", "t3"];
    await makeTables(database, ...tables);
    const more = { tables };
    const reading = await Reading.start(config(database, more), {
      isHeldBack: true,
    });
    for (const table of tables) await database.apply(...inserts(table, 1, 1));
    await reading.take(4);
    const { counts } = database.model!;
    const before = counts.get("move offsets") ?? 0;
    reading.deliver();
    await reading.stop();
    assert.ok(counts.get("move offsets")! <= before + 2);
    for (const table of tables) {
      assert.notEqual((await database.offset(table))?.lsn, ZERO);
    }
  },
  { only: "model" },
);

requirement(
  "a paused old reader can't move the offset back",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const old = await Reading.start(config(database), { isHeldBack: true });
    await old.take(2);
    const newer = await Reading.start(config(database));
    await newer.take(2);
    await database.apply(...inserts("orders", 3, 1));
    await newer.take(3);
    await newer.stop();
    const stored = await database.offset("orders");
    old.deliver();
    await old.saying("another reader took the table");
    const after = await database.offset("orders");
    assert.ok(after!.lsn >= stored!.lsn);
    await old.stop();
  },
);

requirement(
  "upstream's rows are read as they are, and its table gets our columns",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 4));
    await database.apply(...inserts("orders", 5, 1));
    const shop = database.model!.database("shop");
    const [, second] = shop.instance("dbo_orders").changes;
    const upstreams = shop.createUpstreamOffsets();
    upstreams.rows.set("orders", {
      table_name: "orders",
      last_lsn: second.startLsn,
      last_seq: second.seqval,
      updated_at: "2024-01-01 00:00:00.000",
    });
    await using reading = await Reading.start(config(database, {
      batch: { min_rows: 2, max_rows: 2 },
    }));
    await reading.take(4);
    // The second again: two changes may share a sequence value.
    assertEquals(idsOf(reading), [2, 3, 4, 5]);
    await reading.stop();
    assertEquals((await database.offset("orders"))?.owner, "test");
  },
  { only: "model" },
);

requirement(
  "upstream's zero offset begins where start says",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const shop = database.model!.database("shop");
    shop.createUpstreamOffsets().rows.set("orders", {
      table_name: "orders",
      last_lsn: new Uint8Array(10),
      last_seq: null,
      updated_at: null,
    });
    await using reading = await Reading.start(config(database));
    await reading.take(2);
    assertEquals(idsOf(reading), [1, 2]);
  },
  { only: "model" },
);

requirement(
  "a row that another task owns is an error that says what to do",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database), { task: "one" });
    await first.take(1);
    await first.stop();
    await using second = await Reading.start(config(database), { task: "two" });
    await second.saying("belongs to another task");
    const line = second.logs.find((each) => each.includes("belongs to"))!;
    assert.match(line, /consumer = /);
    assert.match(line, /UPDATE \[cdc_offsets\] SET owner = NULL/);
    assertEquals(second.envelopes, []);
    // No waiting mends it: a job that is to end ends.
    await until(() => second.isOver, () => "an end");
    assert.match(String(second.failure), /belongs to another task/);
  },
);

requirement(
  "consumers read the same table, each with an offset of its own",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const ids: number[][] = [];
    for (const consumer of ["a", "b"]) {
      const reading = await Reading.start(config(database, { consumer }), {
        task: consumer,
      });
      await reading.take(2);
      ids.push(idsOf(reading));
      await reading.stop();
    }
    assertEquals(ids, [[1, 2], [1, 2]]);
    assert.notEqual(await database.offset("orders@a"), undefined);
    assert.notEqual(await database.offset("orders@b"), undefined);
  },
);

requirement(
  "read_only reads with the intent, and keeps offsets where it can write",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const intents = new Map<string, boolean>();
    const { interruptions } = database.model!;
    for (const tag of ["changes", "poll", "take offset", "move offsets"]) {
      interruptions.at(tag, ({ session }) => {
        intents.set(tag, session.isReadOnly);
      });
    }
    await using reading = await Reading.start(config(database, {
      read_only: true,
    }));
    await reading.take(2);
    await reading.stop();
    assertEquals(Object.fromEntries(intents), {
      poll: true,
      changes: true,
      "take offset": false,
      "move offsets": false,
    });
  },
  { only: "model" },
);

requirement(
  "by hand nothing is claimed, and nothing of a task's is taken",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const byHand = await Reading.start(config(database), { task: undefined });
    await byHand.take(1);
    await byHand.stop();
    assertEquals((await database.offset("orders"))?.owner, null);
    await database.apply(...inserts("orders", 2, 1));
    const task = await Reading.start(config(database), { task: "orders" });
    await task.take(1);
    assertEquals(idsOf(task), [2]);
    await task.stop();
    await using again = await Reading.start(config(database), {
      task: undefined,
    });
    await again.saying(
      "belongs to another task and not to who runs it by hand",
    );
  },
);
