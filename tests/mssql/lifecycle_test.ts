/**
 * `plan`, `init` and `status` of the input.
 *
 * @module
 */

import { type Json, parseConfig } from "@dstream/sdk";
import { config as fields } from "../../providers/mssql/input/config.ts";
import { lifecycle } from "../../providers/mssql/input/lifecycle.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { config, inserts, makeTables } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement, type TestDatabase } from "./support/test_database.ts";

type Command = "plan" | "init" | "status";

async function run(
  command: Command,
  database: TestDatabase,
  more: Record<string, Json> = {},
) {
  const { values, problems } = parseConfig(fields, config(database, more));
  if (values === undefined) throw new Error(JSON.stringify(problems));
  const silent = () => {};
  return await lifecycle[command]!(values, {
    signal: new AbortController().signal,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    taskName: "test",
  });
}

requirement(
  "plan says what of the offsets table is made, init makes it",
  async (database, t) => {
    await makeTables(database, "orders");
    await t.step("a missing table", async () => {
      const { changes } = await run("plan", database);
      assertEquals(changes![0], {
        action: "create",
        type: "offsets table",
        name: "[cdc_offsets]",
      });
      assertEquals(changes![1].name, "dbo_orders");
      assertEquals(await database.offset("orders"), undefined);
    });
    await t.step("upstream's table", async () => {
      const shop = database.model!.database("shop");
      shop.createUpstreamOffsets();
      const { changes } = await run("plan", database);
      assertEquals(changes![0].action, "update");
      assert.match(String(changes![0].adds_columns), /generation, owner/);
    });
    await t.step("init, and nothing is left to do", async () => {
      await run("init", database);
      const { changes } = await run("plan", database);
      assertEquals(changes![0].action, "none");
    });
  },
  { only: "model" },
);

requirement(
  "status shows offsets, lag, instances, owners and gaps",
  async (database, t) => {
    await makeTables(database, "orders");
    await t.step("before the first run", async () => {
      const { resources } = await run("status", database);
      assertEquals(resources![0].offset, "none");
    });
    await database.apply(...inserts("orders", 1, 2));
    const reading = await Reading.start(config(database));
    await reading.take(2);
    await reading.stop();
    await t.step("with nothing left to read", async () => {
      const { resources } = await run("status", database);
      const [orders] = resources!;
      assertEquals(orders.name, "dbo.orders");
      assertEquals([orders.state, orders.owner], ["ok", "test"]);
      assertEquals([orders.transactions_behind, orders.seconds_behind], [0, 0]);
      assertEquals(orders.capture_instance, "dbo_orders");
    });
    await t.step("behind", async () => {
      await database.apply(...inserts("orders", 3, 1));
      await database.apply(...inserts("orders", 4, 1));
      const { resources } = await run("status", database);
      assertEquals(resources![0].transactions_behind, 2);
    });
    await t.step("a table without changes is behind nothing", async () => {
      await makeTables(database, "quiet");
      const { resources } = await run("status", database, {
        tables: ["quiet"],
      });
      const [quiet] = resources!;
      assertEquals([quiet.transactions_behind, quiet.seconds_behind], [0, 0]);
    });
    await t.step("with a gap", async () => {
      await database.cleanUp("dbo_orders");
      const { resources } = await run("status", database);
      assertEquals(resources![0].state, "gap");
    });
  },
);
