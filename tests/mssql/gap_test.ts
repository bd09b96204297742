/**
 * No silent loss: cleanup, idle tables, a capture job that stands still, rights.
 *
 * @module
 */

import { ConfigError, type Json } from "@dstream/sdk";
import { assert, assertEquals } from "../support/assert.ts";
import {
  COLUMNS,
  config,
  idsOf,
  inserts,
  makeTables,
} from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement, type TestDatabase } from "./support/test_database.ts";
import { until } from "../support/until.ts";

/** Reads some, stops, and lets cleanup remove what comes then. */
async function makeGap(database: TestDatabase): Promise<void> {
  await makeTables(database, "orders");
  await database.apply(...inserts("orders", 1, 2));
  const reading = await Reading.start(config(database));
  await reading.take(2);
  await reading.stop();
  await database.apply(...inserts("orders", 3, 2));
  await database.cleanUp("dbo_orders");
  await database.apply(...inserts("orders", 5, 2));
}

requirement(
  "on_gap = fail: a gap ends the only table's task and names both LSNs",
  async (database) => {
    await makeGap(database);
    await using reading = await Reading.start(config(database));
    await until(() => reading.failure !== undefined, () => "a failure");
    const { message } = reading.failure as Error;
    assert.match(
      message,
      /dbo\.orders between 0x[0-9a-f]{20} and 0x[0-9a-f]{20}/,
    );
    assertEquals(reading.envelopes, []);
  },
);

requirement("on_gap = fail: the other tables go on", async (database) => {
  await makeGap(database);
  await makeTables(database, "items");
  const tables = ["orders", "items"];
  await using reading = await Reading.start(config(database, { tables }));
  await reading.saying("dbo.orders is not read any more");
  await database.apply(...inserts("items", 1, 1));
  await reading.take(1);
  assertEquals(reading.failure, undefined);
});

requirement(
  "on_gap = continue: an event says so, then changes go on behind the gap",
  async (database) => {
    await makeGap(database);
    const more = { on_gap: "continue" };
    await using reading = await Reading.start(config(database, more));
    await reading.take(3);
    assertEquals(reading.operations, ["Gap", "Insert", "Insert"]);
    assertEquals(idsOf(reading).slice(1), [5, 6]);
    const [{ data }] = reading.envelopes;
    assert.ok(data.from_lsn < data.to_lsn);
    const said = reading.logs.filter((line) => line.includes("cleaned up"));
    assertEquals(said.length, 1);
  },
);

requirement(
  "on_gap = snapshot: all rows are read anew, then changes",
  async (database) => {
    await makeGap(database);
    const more = { on_gap: "snapshot" };
    await using reading = await Reading.start(config(database, more));
    await reading.take(6);
    assertEquals(reading.operations, Array(6).fill("Read"));
    assertEquals(idsOf(reading), [1, 2, 3, 4, 5, 6]);
    await database.apply(...inserts("orders", 7, 1));
    await reading.take(7);
    assertEquals(reading.operations.at(-1), "Insert");
  },
);

requirement(
  "cleanup between the look and the rows is noticed before anything is sent",
  async (database, t) => {
    for (const point of ["before_rows", "in_rows", "after_rows"] as const) {
      await t.step(point, async () => {
        const table = `t_${point}`;
        await makeTables(database, table);
        await database.apply(...inserts(table, 1, 1));
        const tables = [table];
        const first = await Reading.start(config(database, { tables }));
        await first.take(1);
        await first.stop();
        await database.apply(...inserts(table, 2, 4));
        const { model } = database;
        model!.interruptions.at(
          "changes",
          () => database.cleanUp(`dbo_${table}`),
          { point },
        );
        await using second = await Reading.start(config(database, { tables }));
        await until(() => second.failure !== undefined, () => "a failure");
        assertEquals(second.envelopes, []);
      });
    }
  },
  { only: "model" },
);

requirement(
  "idle tables advance, so that cleanup raises no false gap",
  async (database) => {
    await makeTables(database, "orders", "busy");
    await database.apply(...inserts("orders", 1, 1));
    const tables = ["orders", "busy"];
    const reading = await Reading.start(config(database, { tables }));
    await reading.take(1);
    await database.apply(...inserts("busy", 1, 1));
    await reading.take(2);
    const busy = (await database.offset("busy"))!.lsn;
    await until(
      async () => (await database.offset("orders"))!.lsn >= busy,
      () => "the idle table's offset",
    );
    await reading.stop();
    await database.cleanUp("dbo_orders", busy);
    await database.apply(...inserts("orders", 2, 1));
    await using again = await Reading.start(config(database, { tables }));
    await again.take(1);
    assertEquals(idsOf(again), [2]);
  },
);

requirement(
  "an offset above all that the database has is an error, not a wait",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database));
    await first.take(1);
    await first.stop();
    const [table] = database.model!.database("shop").offsets.values();
    table.rows.get("orders")!.last_lsn = new Uint8Array(10).fill(0xee);
    await using second = await Reading.start(config(database));
    await second.saying("it was restored");
  },
  { only: "model" },
);

requirement(
  "a capture job that stands still is warned about, with what the jobs say",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const shop = database.model!.database("shop");
    shop.stopCapture();
    const [newest] = shop.mapping.splice(-1);
    const hourAgo = newest.endedAtMs - 3_600_000;
    shop.mapping.push({ ...newest, endedAtMs: hourAgo });
    await using reading = await Reading.start(config(database));
    await reading.saying("the capture job seems to stand still");
    assert.ok(reading.logs.some((line) => line.includes("not running")));
  },
  { only: "model" },
);

async function problemOf(
  database: TestDatabase,
  more: Record<string, Json> = {},
): Promise<ConfigError> {
  try {
    await using _reading = await Reading.start(config(database, more));
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

requirement(
  "a table without CDC is an error with the T-SQL that enables it",
  async (database) => {
    await database.createTable("orders", COLUMNS, ["id"]);
    const { message, hint, path } = await problemOf(database);
    assert.match(message, /dbo\.orders is not enabled for change data capture/);
    assert.match(hint!, /sp_cdc_enable_table @source_schema = N'dbo'/);
    assertEquals(path, "config.tables[0]");
  },
);

requirement(
  "a table that isn't there is an error with the grant it may need",
  async (database) => {
    const { message, hint } = await problemOf(database, {
      tables: ["nowhere"],
    });
    assert.match(message, /no table "nowhere" in \S+, or the user/);
    assert.match(hint!, /GRANT SELECT ON \[dbo\]\.\[nowhere\] TO/);
  },
);

requirement(
  "a database without CDC is an error with the T-SQL that enables it",
  async (database) => {
    database.model!.database("shop").disableCdc();
    const { message, hint } = await problemOf(database);
    assert.match(message, /the database shop is not enabled/);
    assert.match(hint!, /USE \[shop\]; EXEC sys\.sp_cdc_enable_db;/);
  },
  { only: "model" },
);

requirement(
  "missing rights are errors with the grants",
  async (database, t) => {
    await makeTables(database, "orders");
    const { rights } = database.model!.database("shop");
    await t.step("to the schema cdc", async () => {
      rights.selectsCdc = false;
      const { hint } = await problemOf(database);
      assert.match(hint!, /GRANT SELECT ON SCHEMA::cdc TO \[\w+\]/);
      rights.selectsCdc = true;
    });
    await t.step("to make the table of offsets", async () => {
      rights.creates = false;
      const { hint, path } = await problemOf(database);
      assertEquals(path, "config.offsets_table");
      assert.match(hint!, /run: CREATE TABLE \[cdc_offsets\] \(/);
      rights.creates = true;
    });
    await t.step("to the table: its minimum is zero", async () => {
      rights.selectsTables = false;
      const { hint } = await problemOf(database);
      assert.match(hint!, /GRANT SELECT ON \[dbo\]\.\[orders\] TO \[\w+\]/);
      rights.selectsTables = true;
    });
  },
  { only: "model" },
);
