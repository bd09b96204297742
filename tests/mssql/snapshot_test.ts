/**
 * Snapshots and changes of the schema.
 *
 * @module
 */

import { ConfigError } from "@dstream/sdk";
import { assert, assertEquals } from "../support/assert.ts";
import {
  COLUMNS,
  config,
  idsOf,
  inserts,
  makeTables,
} from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

const batch = { min_rows: 4, max_rows: 4 };

requirement(
  "a snapshot reads all rows by key in chunks, then changes from its LSN",
  async (database) => {
    await database.createTable("orders", COLUMNS, ["id"]);
    await database.apply(...inserts("orders", 1, 10));
    await database.enableTable("orders");
    const more = { snapshot: "initial", batch };
    await using reading = await Reading.start(config(database, more));
    await reading.take(10);
    await database.apply({ delete: "orders", key: { id: 3 } });
    await reading.take(11);
    assertEquals(idsOf(reading), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 3]);
    assertEquals(reading.operations, [...Array(10).fill("Read"), "Delete"]);
    assert.ok(reading.progress.includes("snapshot dbo.orders 8"));
    const places = new Set(
      reading.envelopes.map(({ metadata: { LSN, Seq, CommandID } }) =>
        `${LSN} ${Seq} ${CommandID}`
      ),
    );
    assertEquals(places.size, 11);
  },
);

requirement(
  "a snapshot goes on with the next chunk after a stop",
  async (database) => {
    await database.createTable("orders", COLUMNS, ["id"]);
    await database.apply(...inserts("orders", 1, 20));
    await database.enableTable("orders");
    const more = { snapshot: "initial", batch };
    const first = await Reading.start(config(database, more));
    database.model!.interruptions.at(
      "next chunk",
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true })
        ),
      { skip: 1 },
    );
    await first.take(8);
    await until(
      async () => (await database.offset("orders"))?.snapshot != null,
      () => "a stored snapshot",
    );
    await first.stop();
    await using second = await Reading.start(config(database, more));
    await second.take(12);
    await database.apply(...inserts("orders", 21, 1));
    await second.take(13);
    assertEquals(idsOf(second), [
      ...Array.from({ length: 13 }, (_, i) => i + 9),
    ]);
    await second.stop();
    assertEquals((await database.offset("orders"))?.snapshot, null);
  },
  { only: "model" },
);

requirement(
  "keys of every kind of type go on where a chunk ended",
  async (database, t) => {
    const keys = [
      ["bigint", [-5n, 3n, 9223372036854775807n]],
      ["decimal(10,3)", ["-1.500", "0.001", "2.000"]],
      ["money", ["-1.0000", "0.0001", "5.0000"]],
      ["varchar(20)", ["a", "b'c", "é"]],
      ["nvarchar(20)", ["a", "b", "日本"]],
      ["datetime2(7)", [
        "2024-01-01 00:00:00.0000001",
        "2024-01-01 00:00:00.0000002",
        "2025-01-01 00:00:00.0000000",
      ]],
      ["date", ["2024-01-01", "2024-01-02", "2025-01-01"]],
      [
        "binary(4)",
        ["00000001", "00ff0000", "ff000000"].map((x) => Uint8Array.fromHex(x)),
      ],
      ["float", [-1.5, 0.1, 1e300]],
    ] as const;
    for (const [i, [type, values]] of keys.entries()) {
      await t.step(type, async () => {
        const table = `t${i}`;
        const columns = [
          { name: "k", type, isNullable: false },
          { name: "n", type: "int", isNullable: false },
        ];
        await database.createTable(table, columns, ["k", "n"]);
        const rows = values.flatMap((k) => [1, 2, 3].map((n) => ({ k, n })));
        await database.apply(...rows.map((row) => ({ insert: table, row })));
        await database.enableTable(table);
        await using reading = await Reading.start(config(database, {
          tables: [table],
          snapshot: "initial",
          batch: { min_rows: 2, max_rows: 2 },
        }));
        const envelopes = await reading.take(9);
        assertEquals(envelopes.map(({ data }) => data.n), [
          1,
          2,
          3,
          1,
          2,
          3,
          1,
          2,
          3,
        ]);
      });
    }
  },
);

requirement(
  "snapshots read in snapshot isolation where it is on, else what is committed",
  async (database, t) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const shop = database.model!.database("shop");
    for (const isOn of [true, false]) {
      await t.step(isOn ? "on" : "off", async () => {
        shop.isSnapshotIsolationOn = isOn;
        let sql = "";
        database.model!.interruptions.at("first chunk", (moment) => {
          sql = moment.sql;
        });
        await using reading = await Reading.start(config(database, {
          snapshot: "initial",
          consumer: `is${isOn}`,
        }));
        await reading.take(2);
        const level = isOn ? "SNAPSHOT" : "READ COMMITTED";
        assert.ok(sql.includes(`ISOLATION LEVEL ${level};`), sql);
      });
    }
  },
  { only: "model" },
);

requirement(
  "snapshot = when_needed reads rows anew after a gap",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const first = await Reading.start(config(database));
    await first.take(1);
    await first.stop();
    await database.apply(...inserts("orders", 2, 1));
    await database.cleanUp("dbo_orders");
    const more = { snapshot: "when_needed" };
    await using reading = await Reading.start(config(database, more));
    await reading.take(2);
    assertEquals(reading.operations, ["Read", "Read"]);
  },
);

requirement(
  "a snapshot of a table without a key is refused at the handshake",
  async (database) => {
    await database.createTable("orders", COLUMNS, []);
    await database.enableTable("orders");
    await assert.rejects(
      () => Reading.start(config(database, { snapshot: "initial" })),
      (error) => error instanceof ConfigError && /no key/.test(error.message),
    );
  },
);

requirement(
  "a second capture instance takes over at its LSN, behind a schema envelope",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    await using reading = await Reading.start(config(database));
    await reading.take(2);
    await database.addColumn("orders", { name: "total", type: "decimal(9,2)" });
    await database.apply({
      insert: "orders",
      row: { id: 3, name: "c", total: "1.00" },
    });
    await database.enableTable("orders", "orders_v2");
    await database.apply({
      insert: "orders",
      row: { id: 4, name: "d", total: "2.00" },
    });
    await reading.take(5);
    assertEquals(reading.operations, [
      "Insert",
      "Insert",
      "Insert",
      "Schema",
      "Insert",
    ]);
    const [, , third, schema, fourth] = reading.envelopes.map(({ data }) =>
      data
    );
    assertEquals(third, { id: 3, name: "c" });
    assertEquals(fourth, { id: 4, name: "d", total: "2.00" });
    assertEquals(schema.capture_instance, "orders_v2");
    assertEquals(schema.columns, [
      { name: "id", type: "int" },
      { name: "name", type: "nvarchar(50)" },
      { name: "total", type: "decimal(9, 2)" },
    ]);
    assertEquals(schema.key, ["id"]);
    await database.disableInstance("orders", "dbo_orders");
    await database.apply({
      insert: "orders",
      row: { id: 5, name: "e", total: "3.00" },
    });
    await reading.take(6);
  },
);

requirement(
  "a restart between two instances goes on with the right one",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const first = await Reading.start(config(database));
    await first.take(2);
    await first.stop();
    await database.apply(...inserts("orders", 3, 1));
    await database.enableTable("orders", "orders_v2");
    await database.apply(...inserts("orders", 4, 1));
    await using second = await Reading.start(config(database));
    await second.take(3);
    assertEquals(second.operations, ["Insert", "Schema", "Insert"]);
    await second.stop();
    await database.apply(...inserts("orders", 5, 1));
    await using third = await Reading.start(config(database));
    await third.take(1);
    assertEquals(third.operations, ["Insert"]);
    assertEquals(idsOf(third), [5]);
  },
);

requirement(
  "a captured column that is gone from the table still is in its changes",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    // Reading INFORMATION_SCHEMA would miss it: the model's table has other columns.
    await database.addColumn("orders", { name: "later", type: "int" });
    await database.apply({
      insert: "orders",
      row: { id: 2, name: "b", later: 5 },
    });
    await using reading = await Reading.start(config(database));
    const envelopes = await reading.take(2);
    assertEquals(envelopes[1].data, { id: 2, name: "b" });
  },
);
