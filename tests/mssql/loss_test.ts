/**
 * What once was lost, cut or never ended without a word.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import {
  COLUMNS,
  config,
  idsOf,
  inserts,
  makeTables,
} from "./support/orders.ts";
import { type QUICK, Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

const ZERO = "0".repeat(20);

/** As in a real run: an idle table's offset isn't stored at each look. */
const SELDOM = { idleStoreMs: 600_000 };

/** Runs to the end of what is captured. */
async function runOnce(
  config: Parameters<typeof Reading.start>[0],
  times: Partial<typeof QUICK> = SELDOM,
): Promise<Reading> {
  const reading = await Reading.start({ ...config, follow: false }, { times });
  await until(
    () => reading.isOver,
    () => `an end\n${reading.logs.join("\n")}`,
  );
  await reading.stop();
  return reading;
}

requirement(
  "follow = false stores the place of every table, also of one without changes",
  async (database) => {
    await makeTables(database, "orders", "quiet");
    await database.apply(...inserts("orders", 1, 1));
    const tables = ["orders", "quiet"];
    await runOnce(config(database, { tables }));
    for (const table of tables) {
      assert.notEqual((await database.offset(table))?.lsn, ZERO, table);
    }
  },
);

requirement(
  "follow = false: an idle table is no gap after clean-up",
  async (database) => {
    await makeTables(database, "orders", "busy");
    const tables = ["orders", "busy"];
    await database.apply(...inserts("orders", 1, 1));
    await runOnce(config(database, { tables }));
    await database.apply(...inserts("busy", 1, 1));
    await runOnce(config(database, { tables }));
    await database.cleanUp("dbo_busy", (await database.offset("busy"))!.lsn);
    await database.apply(...inserts("orders", 2, 1));
    const third = await runOnce(config(database, { tables }));
    assertEquals(third.failure, undefined);
    assertEquals(idsOf(third), [2]);
  },
);

requirement(
  "follow = false: first changes that were cleaned up between two runs are a gap",
  async (database) => {
    await makeTables(database, "quiet", "busy");
    const tables = ["quiet", "busy"];
    await database.apply(...inserts("busy", 1, 1));
    await runOnce(config(database, { tables }));
    await database.apply(...inserts("quiet", 1, 2));
    await database.cleanUp("dbo_quiet");
    await database.apply(...inserts("quiet", 3, 1));
    const second = await runOnce(config(database, { tables }));
    assert.match(String(second.failure), /were cleaned up before they were/);
    assertEquals(idsOf(second), []);
  },
);

requirement(
  "an idle table's place is stored at the first look of a run that follows too",
  async (database) => {
    await makeTables(database, "orders", "quiet");
    await database.apply(...inserts("orders", 1, 1));
    const tables = ["orders", "quiet"];
    const reading = await Reading.start(config(database, { tables }), {
      times: SELDOM,
    });
    await until(
      async () => ((await database.offset("quiet"))?.lsn ?? ZERO) !== ZERO,
      () => "a stored offset",
    );
    await reading.stop();
  },
);

requirement(
  "follow = false ends when one of several tables has stopped, and says why",
  async (database, t) => {
    const reasons: [string, RegExp, () => Promise<void>][] = [
      ["a gap", /were cleaned up/, async () => {
        await database.apply(...inserts("orders", 2, 1));
        await database.cleanUp("dbo_orders");
      }],
      ["another task's offset", /belongs to another task/, async () => {
        await database.apply(...inserts("mine", 1, 1));
        const other = await Reading.start(
          config(database, { tables: ["mine"] }),
          { task: "other" },
        );
        await other.take(1);
        await other.stop();
      }],
    ];
    await makeTables(database, "orders", "mine", "busy");
    await database.apply(...inserts("orders", 1, 1));
    await runOnce(config(database));
    for (const [name, words, make] of reasons) {
      await t.step(name, async () => {
        await make();
        await database.apply(...inserts("busy", name.length, 1));
        const table = name === "a gap" ? "orders" : "mine";
        const reading = await runOnce(
          config(database, { tables: [table, "busy"] }),
        );
        assert.match(String(reading.failure), words);
        // The other table was read to its end first.
        assertEquals(idsOf(reading).includes(name.length), true);
      });
    }
  },
);

const LONG = "x".repeat(30);

requirement(
  "a snapshot has values as long as the table's, whatever the change table has",
  async (database) => {
    const columns = [
      { name: "id", type: "int", isNullable: false },
      { name: "code", type: "varchar(5)" },
    ];
    await database.createTable("orders", columns, ["id"]);
    await database.enableTable("orders");
    // The capture job hasn't come so far yet.
    database.model!.database("shop").stopCapture();
    await database.alterColumn("orders", { name: "code", type: "varchar(30)" });
    await database.apply({ insert: "orders", row: { id: 1, code: LONG } });
    await using reading = await Reading.start(
      config(database, { snapshot: "initial" }),
    );
    const [{ data }] = await reading.take(1);
    assertEquals(data.code, LONG);
  },
  { only: "model" },
);

requirement(
  "a snapshot sees a column that grows, or goes, while it runs",
  async (database, t) => {
    const shop = database.model!.database("shop");
    const columns = [
      { name: "id", type: "int", isNullable: false },
      { name: "code", type: "varchar(5)" },
    ];
    const changes = {
      grows: (table: string) => {
        shop.alterColumn(table, { name: "code", type: "varchar(30)" });
        shop.transaction((t) => t.insert(table, { id: 9, code: LONG }));
      },
      goes: (table: string) => shop.dropColumn(table, "code"),
    };
    for (const [name, change] of Object.entries(changes)) {
      await t.step(name, async () => {
        await database.createTable(name, columns, ["id"]);
        await database.enableTable(name);
        for (let id = 1; id <= 4; id++) {
          await database.apply({ insert: name, row: { id, code: "a" } });
        }
        shop.stopCapture();
        database.model!.interruptions.at("next chunk", () => change(name));
        await using reading = await Reading.start(config(database, {
          tables: [name],
          snapshot: "initial",
          batch: { min_rows: 2, max_rows: 2 },
        }));
        const count = name === "grows" ? 5 : 4;
        const envelopes = await reading.take(count);
        assertEquals(idsOf(reading).slice(0, 4), [1, 2, 3, 4]);
        if (name === "grows") assertEquals(envelopes[4].data.code, LONG);
        else assertEquals("code" in envelopes[3].data, false);
        shop.startCapture();
      });
    }
  },
  { only: "model" },
);

requirement(
  "a snapshot by a key that was widened ends",
  async (database) => {
    const columns = [
      { name: "code", type: "varchar(5)", isNullable: false },
      { name: "id", type: "int" },
    ];
    await database.createTable("orders", columns, ["code"]);
    await database.enableTable("orders");
    database.model!.database("shop").stopCapture();
    await database.alterColumn("orders", { ...columns[0], type: "varchar(9)" });
    for (let id = 1; id <= 6; id++) {
      await database.apply({
        insert: "orders",
        row: { code: `orders${id}`, id },
      });
    }
    await using reading = await Reading.start(config(database, {
      snapshot: "initial",
      batch: { min_rows: 2, max_rows: 2 },
    }));
    await reading.saying("snapshot of dbo.orders ends with 6 rows");
    assertEquals(idsOf(reading), [1, 2, 3, 4, 5, 6]);
  },
  { only: "model" },
);

requirement(
  "a snapshot leaves out a captured column that the table has no more",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    await database.dropColumn("orders", "name");
    await using reading = await Reading.start(
      config(database, { snapshot: "initial" }),
    );
    const envelopes = await reading.take(2);
    assertEquals(envelopes.map(({ data }) => data), [{ id: 1 }, { id: 2 }]);
    await database.apply({ insert: "orders", row: { id: 3 } });
    // The change table has the column for ever, and NULL in it.
    assertEquals((await reading.take(3))[2].data, { id: 3, name: null });
  },
);

requirement(
  "clean-up inside one poll is a gap, not a table without news",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database));
    await first.take(1);
    await first.stop();
    await database.apply(...inserts("orders", 2, 3));
    const shop = database.model!.database("shop");
    database.model!.interruptions.at("poll", () => {
      shop.cleanUp("dbo_orders");
      shop.cleanUp("dbo_orders"); // Its steps are over.
      shop.instance("dbo_orders").changes.length = 0;
    }, { point: "in_rows" });
    await using second = await Reading.start(config(database));
    await until(
      () => second.failure !== undefined,
      () => `a failure\n${second.logs.join("\n")}`,
    );
    assert.match(String(second.failure), /were cleaned up/);
    assertEquals(second.envelopes, []);
  },
  { only: "model" },
);

requirement(
  "clean-up in steps leaves some rows below the minimum: they are a gap too",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database));
    await first.take(1);
    await first.stop();
    for (let id = 2; id <= 5; id++) {
      await database.apply(...inserts("orders", id, 1));
    }
    await database.cleanUp("dbo_orders");
    const { changes } = database.model!.database("shop").instance("dbo_orders");
    assert.ok(changes.length > 0);
    await using second = await Reading.start(config(database));
    await until(() => second.failure !== undefined, () => "a failure");
    assertEquals(second.envelopes, []);
  },
  { only: "model" },
);

requirement(
  "upstream's place between the halves of a key update loses neither",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await database.apply({
      update: "orders",
      key: { id: 1 },
      set: { id: 9 },
    });
    const shop = database.model!.database("shop");
    const deleted = shop.instance("dbo_orders").changes[1];
    assertEquals(deleted.operation, 1);
    shop.createUpstreamOffsets().rows.set("orders", {
      table_name: "orders",
      last_lsn: deleted.startLsn,
      last_seq: deleted.seqval,
      updated_at: null,
    });
    await using reading = await Reading.start(config(database));
    await reading.take(2);
    // The first half again: upstream's row doesn't say whether it was sent.
    assertEquals(reading.operations, ["Delete", "Insert"]);
  },
  { only: "model" },
);

requirement(
  "rows of one statement share a sequence value and are parted without loss",
  async (database) => {
    await makeTables(database, "orders");
    const shop = database.model!.database("shop");
    shop.transaction((t) =>
      t.statement(() => {
        for (let id = 1; id <= 9; id++) t.insert("orders", { id });
      })
    );
    shop.transaction((t) =>
      t.statement(() => {
        for (let id = 1; id <= 9; id++) {
          t.update("orders", { id }, { id: id + 100 });
        }
      })
    );
    const batch = { min_rows: 2, max_rows: 2 };
    await using reading = await Reading.start(config(database, { batch }));
    await reading.take(27);
    const ids = Array.from({ length: 9 }, (_, i) => i + 1);
    assertEquals(idsOf(reading), [
      ...ids,
      ...ids.flatMap((id) => [id, id + 100]),
    ]);
  },
  { only: "model" },
);

const RETYPED = { name: "name", type: "nvarchar(99)" };

requirement(
  "a column's new type is told by a schema before the first change that has it",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database));
    await reading.take(1);
    await database.alterColumn("orders", RETYPED);
    await database.apply(...inserts("orders", 2, 1));
    await reading.take(3);
    assertEquals(reading.operations, ["Insert", "Schema", "Insert"]);
    assertEquals(reading.envelopes[1].data.columns, [
      { name: "id", type: "int" },
      { name: "name", type: "nvarchar(99)" },
    ]);
    await database.apply(...inserts("orders", 3, 1));
    await reading.take(4);
    assertEquals(reading.operations.at(-1), "Insert");
  },
);

requirement(
  "a type that changed between two runs is told once, where it changed",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await runOnce(config(database));
    await database.apply(...inserts("orders", 2, 1));
    await database.alterColumn("orders", RETYPED);
    await database.apply(...inserts("orders", 3, 1));
    const second = await runOnce(config(database));
    assertEquals(second.operations, ["Insert", "Schema", "Insert"]);
    await database.apply(...inserts("orders", 4, 1));
    const third = await runOnce(config(database));
    assertEquals(third.operations, ["Insert"]);
  },
);

requirement(
  "a column that is added or dropped tells no schema: changes have what they had",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database));
    await reading.take(1);
    await database.addColumn("orders", { name: "later", type: "int" });
    await database.dropColumn("orders", "name");
    await database.apply({ insert: "orders", row: { id: 2, later: 7 } });
    await reading.take(2);
    assertEquals(reading.operations, ["Insert", "Insert"]);
    assertEquals(reading.envelopes[1].data, { id: 2, name: null });
  },
);

requirement(
  "transactions without a captured change move no table, and are no lag",
  async (database) => {
    await makeTables(database, "orders");
    await database.createTable("other", COLUMNS, ["id"]);
    await database.apply(...inserts("orders", 1, 1));
    const first = await runOnce(config(database));
    const { lsn } = (await database.offset("orders"))!;
    await database.apply(...inserts("other", 1, 1));
    await database.apply({
      update: "orders",
      key: { id: 1 },
      set: { name: "row 1" },
    });
    const second = await runOnce(config(database));
    assertEquals([idsOf(first), idsOf(second)], [[1], []]);
    assertEquals((await database.offset("orders"))!.lsn, lsn);
  },
);
