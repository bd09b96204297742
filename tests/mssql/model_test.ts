/**
 * The model of a CDC database, asked through the real client with the input's own
 * statements: what each answers, with expected values written by hand.
 *
 * @module
 */

import {
  captureInstances,
  changes,
  type ChangesShape,
  createOffsets,
  extendOffsets,
  heldLocks,
  jobs,
  lag,
  moveOffsets,
  type NewOffset,
  offsetsColumns,
  poll,
  type ReadFrom,
  readOffsets,
  releaseLock,
  serverState,
  snapshotChunk,
  tables,
  takeLock,
  takeOffset,
} from "../../providers/mssql/input/statements/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ask, type AskedRow, connectTo } from "../support/mssql_model/ask.ts";
import type { ModelDatabase } from "../support/mssql_model/database.ts";
import { makeLsn, toHex, ZERO_LSN } from "../support/mssql_model/lsn.ts";
import {
  type ModelColumn,
  sysColumn,
} from "../support/mssql_model/model_column.ts";
import { Model } from "../support/mssql_model/model.ts";
import { deadlock, DroppedConnection } from "../support/tds/errors.ts";

const ORDERS: ModelColumn[] = [
  { name: "id", type: "int", isNullable: false },
  { name: "total", type: "decimal(18,2)" },
  { name: "note", type: "nvarchar(max)" },
  { name: "old", type: "text" },
];
const LAST = makeLsn(0xffff_ffff, 0);

/** A database `shop` with a captured table `dbo.orders`. */
function shopOf(model: Model): ModelDatabase {
  const shop = model.database("shop");
  shop.enableCdc();
  shop.createTable("orders", ORDERS, ["id"]);
  shop.enableTable("orders");
  return shop;
}

function shapeOf(more: Partial<ChangesShape> = {}): ChangesShape {
  return {
    captureInstance: "dbo_orders",
    changeTable: "dbo_orders_CT",
    columns: ORDERS.map(({ name, type }, index) => ({
      name,
      ordinal: index + 1,
      isComputed: false,
      ...sysColumn(type),
    })),
    withBeforeImage: true,
    withUpdateMask: true,
    withCommitTime: true,
    ...more,
  };
}

function read(from: ReadFrom, maxRows = 100, shape = shapeOf()) {
  return changes(shape, { from, untilLsn: LAST, maxRows });
}

const FROM_START: ReadFrom = { kind: "after", lsn: ZERO_LSN };

/** What tells a change from others. */
function brief(row: AskedRow): unknown[] {
  return [row.__$command_id, row.__$operation, row.id];
}

Deno.test("changes are read in their order, with operations, masks and times", async () => {
  const committedMs = Date.parse("2024-02-29T12:34:56.789Z");
  await using model = new Model({ now: () => committedMs });
  const shop = shopOf(model);
  const row = { id: 1, total: "1.5", note: "long", old: "older" };
  const lsn = shop.transaction((t) => {
    t.insert("orders", row);
    t.update("orders", { id: 1 }, { total: "2.5" });
    t.update("orders", { id: 1 }, { note: null });
    t.delete("orders", { id: 1 });
  });
  await using client = await connectTo(model);
  const [rows, [minima]] = await ask(client, read(FROM_START));
  const seen = rows.map((row) => [
    ...brief(row),
    row.total,
    row.note,
    row.old,
    row.__$update_mask[0],
  ]);
  // Large values are in a before image only when they changed; text is in none,
  // and in no delete.
  assertEquals(seen, [
    [1, 2, 1, "1.50", "long", "older", 0b1111],
    [2, 3, 1, "1.50", null, null, 0b0010],
    [2, 4, 1, "2.50", "long", "older", 0b0010],
    [3, 3, 1, "2.50", "long", null, 0b0100],
    [3, 4, 1, "2.50", null, "older", 0b0100],
    [4, 1, 1, "2.50", null, null, 0b1111],
  ]);
  assertEquals(toHex(rows[0].__$start_lsn), toHex(lsn));
  assertEquals(rows[0].__$commit_time, "2024-02-29 12:34:56.790");
  assertEquals(minima.min_before, minima.min_after);
  model.expectNoFaults();
});

Deno.test("reading goes on within a transaction where it stopped", async (t) => {
  await using model = new Model();
  const shop = shopOf(model);
  const lsn = shop.transaction((t) => {
    t.insert("orders", { id: 1 });
    t.update("orders", { id: 1 }, { total: 1 });
  });
  shop.transaction((t) => t.insert("orders", { id: 2 }));
  await using client = await connectTo(model);
  const [rows] = await ask(client, read(FROM_START));
  const seqvals = rows.map((row) => new Uint8Array(row.__$seqval));
  const within = (commandId: number, operation: number): ReadFrom => ({
    kind: "within",
    lsn,
    commandId,
    operation,
    seqval: seqvals[commandId - 1],
  });
  const cases: [string, ReadFrom, unknown[][][]][] = [
    ["after the insert", within(1, 2), [[[2, 3, 1], [2, 4, 1]], [[1, 2, 2]]]],
    ["between 3 and 4", within(2, 3), [[[2, 4, 1]], [[1, 2, 2]]]],
    ["after the last", within(2, 4), [[], [[1, 2, 2]]]],
    [
      "as upstream counts",
      { kind: "within_seqval", lsn, seqval: seqvals[0] },
      [[[1, 2, 1], [2, 3, 1], [2, 4, 1]], [[1, 2, 2]]],
    ],
  ];
  for (const [name, from, expected] of cases) {
    await t.step(name, async () => {
      const sets = await ask(client, read(from));
      assertEquals(sets.slice(0, -1).map((rows) => rows.map(brief)), expected);
    });
  }
  await t.step("no more rows than asked for, in both results", async () => {
    const [rest, above] = await ask(client, read(within(1, 2), 2));
    assertEquals([rest.length, above.length], [2, 0]);
  });
  await t.step("without before images", async () => {
    const shape = shapeOf({ withBeforeImage: false });
    const [rows] = await ask(client, read(FROM_START, 100, shape));
    assertEquals(rows.map(brief), [[1, 2, 1], [2, 4, 1], [1, 2, 2]]);
  });
  model.expectNoFaults();
});

Deno.test("an update of the key is a delete and an insert", async () => {
  await using model = new Model();
  const shop = shopOf(model);
  shop.transaction((t) => t.insert("orders", { id: 1 }));
  shop.transaction((t) => t.update("orders", { id: 1 }, { id: 9 }));
  await using client = await connectTo(model);
  const [rows] = await ask(client, read(FROM_START));
  assertEquals(rows.map(({ __$operation, id }) => [__$operation, id]), [
    [2, 1],
    [1, 1],
    [2, 9],
  ]);
});

Deno.test("a poll says what is new, and what the capture job hasn't seen isn't", async () => {
  let nowMs = Date.parse("2024-01-01T00:00:00Z");
  await using model = new Model({ now: () => nowMs });
  const shop = shopOf(model);
  await using client = await connectTo(model);
  const table = { captureInstance: "dbo_orders", changeTable: "dbo_orders_CT" };
  const asked = (afterLsn: Uint8Array) =>
    ask(client, poll([{ ...table, afterLsn }]));

  assertEquals((await asked(ZERO_LSN))[0][0].max_lsn, null);
  const lsn = shop.transaction((t) => t.insert("orders", { id: 1 }));
  nowMs += 5000;
  const [[head], [row]] = await asked(ZERO_LSN);
  assertEquals(toHex(head.max_lsn), toHex(lsn));
  assertEquals([head.age_seconds, head.instance_count], ["5", 1]);
  assertEquals(head.newest_instance, "2024-01-01 02:00:00.000");
  assertEquals(toHex(row.next_lsn), toHex(lsn));
  assertEquals(
    toHex((await asked(ZERO_LSN))[2][0].min_lsn),
    toHex(shop.instance("dbo_orders").startLsn),
  );
  assertEquals((await asked(lsn))[1][0].next_lsn, null);

  shop.stopCapture();
  shop.transaction((t) => t.insert("orders", { id: 2 }));
  assertEquals((await asked(lsn))[1][0].next_lsn, null);
  shop.startCapture();
  assert.notEqual((await asked(lsn))[1][0].next_lsn, null);
  const [behind] = (await ask(client, lag([{ ...table, lsn }])))[0];
  assertEquals([behind.transactions_behind, behind.seconds_behind], ["1", "0"]);
  model.expectNoFaults();
});

Deno.test("clean-up moves the minimum, also between the parts of a statement", async (t) => {
  await using model = new Model();
  const shop = shopOf(model);
  shop.transaction((t) => t.insert("orders", { id: 1 }));
  const second = shop.transaction((t) => t.insert("orders", { id: 2 }));
  await using client = await connectTo(model);
  for (const point of ["before_rows", "after_rows"] as const) {
    await t.step(point, async () => {
      const mark = point === "before_rows" ? second : undefined;
      model.interruptions.at(
        "changes",
        () => shop.cleanUp("dbo_orders", mark),
        { point },
      );
      const [rows, [minima]] = await ask(client, read(FROM_START));
      assertEquals(rows.map(({ id }) => id), [2]);
      assert.notEqual(toHex(minima.min_before), toHex(minima.min_after));
    });
  }
  model.expectNoFaults();
});

Deno.test("what is switched off or not allowed is said as SQL Server says it", async (t) => {
  await using model = new Model();
  const shop = shopOf(model);
  await using client = await connectTo(model);
  const polled = {
    captureInstance: "dbo_orders",
    changeTable: "dbo_orders_CT",
  };
  const question = poll([{ ...polled, afterLsn: ZERO_LSN }]);
  await t.step(
    "no rights: a minimum of zero, and 229 for the tables",
    async () => {
      shop.rights.selectsCdc = false;
      await assert.rejects(ask(client, captureInstances()), { number: 229 });
      await assert.rejects(ask(client, read(FROM_START)), { number: 229 });
      const [[state]] = await ask(client, serverState());
      assertEquals(state.may_select_cdc, 0);
      shop.rights.selectsCdc = true;
      shop.rights.selectsTables = false;
      assertEquals(
        toHex((await ask(client, question))[2][0].min_lsn),
        toHex(ZERO_LSN),
      );
      shop.rights.selectsTables = true;
    },
  );
  await t.step("no look at the jobs", async () => {
    shop.rights.seesJobs = false;
    await assert.rejects(ask(client, jobs()), { number: 229 });
    shop.rights.seesJobs = true;
    const [[{ job_type, is_running }]] = await ask(client, jobs());
    assertEquals([job_type, is_running], ["capture", 1]);
  });
  await t.step("a table without CDC", async () => {
    shop.disableInstance("dbo_orders");
    await assert.rejects(ask(client, read(FROM_START)), { number: 208 });
    assertEquals((await ask(client, tables()))[0][0].is_tracked_by_cdc, false);
  });
  await t.step("a database without CDC", async () => {
    shop.disableCdc();
    await assert.rejects(ask(client, captureInstances()), { number: 208 });
    await assert.rejects(ask(client, question), { number: 208 });
    const [[state]] = await ask(client, serverState());
    assertEquals([state.is_cdc_enabled, state.may_select_cdc], [false, null]);
  });
  model.expectNoFaults();
});

Deno.test("a table has two capture instances at most, with the columns of their time", async () => {
  await using model = new Model();
  const shop = shopOf(model);
  shop.addColumn("orders", { name: "extra", type: "int" });
  shop.enableTable("orders", { name: "orders_v2" });
  assert.throws(
    () => shop.enableTable("orders", { name: "v3" }),
    /two instances/,
  );
  shop.transaction((t) => t.insert("orders", { id: 1, extra: 5 }));
  const values = (name: string) => shop.instance(name).changes[0].values;
  assertEquals(values("dbo_orders"), [1, null, null, null]);
  assertEquals(values("orders_v2"), [1, null, null, null, 5]);
  await using client = await connectTo(model);
  const [instances] = await ask(client, captureInstances());
  assertEquals(instances.map((one) => one.capture_instance), [
    "dbo_orders",
    "orders_v2",
  ]);
});

Deno.test("a snapshot reads committed rows by their key in chunks", async () => {
  await using model = new Model();
  const shop = model.database("shop");
  const columns: ModelColumn[] = [
    { name: "code", type: "varchar(10)", isNullable: false },
    { name: "n", type: "bigint", isNullable: false },
  ];
  shop.createTable("sales.lines", columns, ["code", "n"]);
  shop.transaction((t) => {
    for (const [code, n] of [["b", 10n], ["B", 9n], ["a", 2n], ["a", 10n]]) {
      t.insert("sales.lines", { code, n });
    }
  });
  const shape = {
    schemaName: "sales",
    tableName: "lines",
    isSnapshotIsolated: true,
    columns: columns.map(({ name, type }, index) => ({
      name,
      ordinal: index + 1,
      isComputed: false,
      ...sysColumn(type),
    })),
    key: columns.map(({ name, type }, index) => ({
      name,
      ...sysColumn(type),
      collation: index === 0 ? "SQL_Latin1_General_CP1_CI_AS" : null,
    })),
  };
  await using client = await connectTo(model);
  const seen: unknown[] = [];
  let after: string[] | undefined;
  for (;;) {
    const [rows] = await ask(client, snapshotChunk(shape, after, 3));
    if (rows.length === 0) break;
    seen.push(...rows.map(({ code, n }) => `${code}${n}`));
    after = [rows.at(-1)!.__$key0, rows.at(-1)!.__$key1];
  }
  assertEquals(seen, ["a2", "a10", "B9", "b10"]);
  shop.isSnapshotIsolationOn = false;
  await assert.rejects(ask(client, snapshotChunk(shape, undefined, 3)), {
    number: 3952,
  });
  model.expectNoFaults();
});

const OFFSETS = { tableName: "cdc_offsets" };

function newOffset(more: Partial<NewOffset> = {}): NewOffset {
  return {
    key: "orders",
    generation: 1n,
    lsn: makeLsn(5, 1),
    seqval: null,
    commandId: null,
    operation: null,
    snapshot: null,
    ...more,
  };
}

Deno.test("offsets are moved by the generation that took them, and no older one", async () => {
  await using model = new Model();
  await using client = await connectTo(model);
  await assert.rejects(ask(client, readOffsets(OFFSETS)), { number: 208 });
  assertEquals(await ask(client, offsetsColumns(OFFSETS)), [[]]);
  await ask(client, createOffsets(OFFSETS));
  await assert.rejects(ask(client, createOffsets(OFFSETS)), { number: 2714 });
  const take = (owner: string) =>
    ask(client, takeOffset(OFFSETS, "orders", owner));
  assertEquals((await take("one"))[0][0].generation, "1");
  assertEquals(await ask(client, moveOffsets(OFFSETS, [newOffset()])), [
    [{ table_name: "orders" }],
  ]);
  assertEquals((await take("one"))[0][0].generation, "2");
  // Whoever read under the first generation moves nothing any more.
  assertEquals(await ask(client, moveOffsets(OFFSETS, [newOffset()])), [[]]);
  assertEquals(await take("two"), [[]], "another owner has it");
  const [[row]] = await ask(client, readOffsets(OFFSETS));
  assertEquals([toHex(row.last_lsn), row.owner], [toHex(makeLsn(5, 1)), "one"]);
  model.expectNoFaults();
});

Deno.test("upstream's offsets table gets the columns it lacks", async () => {
  await using model = new Model();
  const upstream = model.database("shop").createUpstreamOffsets();
  upstream.put({ table_name: "orders", last_lsn: makeLsn(3, 1) });
  await using client = await connectTo(model);
  await assert.rejects(ask(client, readOffsets(OFFSETS)), { number: 207 });
  const missing = [
    "last_command",
    "last_operation",
    "generation",
    "owner",
    "snapshot",
  ];
  const [[row]] = await ask(client, readOffsets(OFFSETS, missing));
  assertEquals([toHex(row.last_lsn), row.owner], [toHex(makeLsn(3, 1)), null]);
  await ask(client, extendOffsets(OFFSETS, missing));
  await assert.rejects(ask(client, extendOffsets(OFFSETS, ["owner"])), {
    number: 2705,
  });
  assertEquals((await ask(client, readOffsets(OFFSETS)))[0][0].generation, "0");
  model.expectNoFaults();
});

Deno.test("a read-only replica takes no offsets", async () => {
  await using model = new Model();
  await using client = await connectTo(model, { readOnlyIntent: true });
  await assert.rejects(ask(client, createOffsets(OFFSETS)), { number: 3906 });
  const [[{ updateability }]] = await ask(client, serverState());
  assertEquals(updateability, "READ_ONLY");
});

Deno.test("a lock belongs to a session and goes with it", async () => {
  await using model = new Model();
  await using first = await connectTo(model);
  await using second = await connectTo(model);
  const result = async (client: typeof first) =>
    (await ask(client, takeLock("orders")))[0][0].result;
  assertEquals(await result(first), 0);
  assertEquals(await result(first), 0);
  assertEquals(await result(second), -1);
  const modes = async (client: typeof first) =>
    (await ask(client, heldLocks(["orders", "x"])))[0].map(({ mode }) => mode);
  assertEquals(await modes(first), ["Exclusive", "NoLock"]);
  assertEquals(await modes(second), ["NoLock", "NoLock"]);
  await assert.rejects(ask(second, releaseLock("orders")), { number: 1223 });
  model.dropSessions(({ id }) => id === 51);
  await first.ended;
  let granted = await result(second);
  for (let i = 0; i < 1000 && granted !== 0; i++) {
    granted = await result(second);
  }
  assertEquals(granted, 0);
  await ask(second, releaseLock("orders"));
  model.expectNoFaults();
});

Deno.test("planned interruptions happen to the statements they are meant for", async () => {
  await using model = new Model();
  await using client = await connectTo(model);
  model.interruptions.at("jobs", () => {
    throw deadlock();
  }, { skip: 1 });
  await ask(client, jobs());
  await ask(client, tables());
  await assert.rejects(ask(client, jobs()), { number: 1205 });
  await ask(client, jobs());
  assert.ok(model.interruptions.areOver);
  model.interruptions.at("", () => {
    throw new DroppedConnection();
  });
  await assert.rejects(ask(client, tables()));
  model.expectNoFaults();
});

Deno.test("a statement the model doesn't know fails, and then the test", async (t) => {
  const known = tables();
  const cases: [string, string][] = [
    ["without a tag", "SELECT 1"],
    ["with an unknown tag", "/* dstream: other */\nSELECT 1"],
    ["with another text", known.sql.replace("ORDER BY", "order by")],
    ["with more behind it", `${known.sql}; DROP TABLE t`],
  ];
  for (const [name, sql] of cases) {
    await t.step(name, async () => {
      await using model = new Model();
      await using client = await connectTo(model);
      const statement = { ...known, sql };
      await assert.rejects(ask(client, statement), { number: 50_000 });
      assert.throws(() => model.expectNoFaults(), /SELECT/);
    });
  }
});
