/**
 * Requirements of reading: order, pieces of transactions, several tables.
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
import { Reading } from "./support/reading.ts";
import { requirement } from "./support/test_database.ts";
import { until } from "../support/until.ts";

requirement(
  "changes come with upstream's metadata, in the order they were made",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply({ insert: "orders", row: { id: 1, name: "a" } });
    await database.apply(
      { update: "orders", key: { id: 1 }, set: { name: "b" } },
      { insert: "orders", row: { id: 2, name: null } },
    );
    await database.apply({ delete: "orders", key: { id: 1 } });
    await using reading = await Reading.start(config(database));
    await reading.take(4);
    assertEquals(reading.operations, ["Insert", "Update", "Insert", "Delete"]);
    const ids = reading.envelopes.map(({ metadata }) => metadata.OperationID);
    assertEquals(ids, [2, 4, 2, 1]);
    assertEquals(reading.envelopes.map(({ data }) => data.name), [
      "a",
      "b",
      null,
      "b",
    ]);
    const [{ metadata }] = reading.envelopes;
    assertEquals(metadata.TableName, "orders");
    assert.match(metadata.LSN, /^[0-9a-f]{20}$/);
    assert.match(metadata.Seq, /^[0-9a-f]{20}$/);
  },
);

requirement(
  "a transaction larger than a batch is read in pieces, without loss or repeat",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 25));
    await database.apply(...inserts("orders", 26, 3));
    const batch = { min_rows: 2, max_rows: 4 };
    await using reading = await Reading.start(config(database, { batch }));
    await reading.take(28);
    assertEquals(idsOf(reading), Array.from({ length: 28 }, (_, i) => i + 1));
  },
);

requirement(
  "an update's two rows are never parted, whatever the batch",
  async (database, t) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 3));
    for (let round = 0; round < 5; round++) {
      await database.apply(
        ...[1, 2, 3].map((id) => ({
          update: "orders",
          key: { id },
          set: { name: `${id} in round ${round}` },
        })),
      );
    }
    for (const rows of [2, 3, 5]) {
      await t.step(`${rows} rows at once`, async () => {
        const batch = { min_rows: rows, max_rows: rows };
        await using reading = await Reading.start(config(database, {
          batch,
          before_image: true,
          consumer: `by${rows}`,
        }));
        await reading.take(18);
        const updates = reading.envelopes.slice(3);
        assertEquals(updates.map(({ metadata }) => metadata.Before.id), [
          1,
          2,
          3,
          1,
          2,
          3,
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
        assert.ok(
          updates.every(({ data, metadata }) =>
            data.id === metadata.Before.id && data.name !== metadata.Before.name
          ),
        );
      });
    }
  },
);

requirement(
  "a stopped reading goes on behind what was delivered, within a transaction too",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 10));
    const batch = { min_rows: 4, max_rows: 4 };
    const first = await Reading.start(config(database, { batch }), {
      isHeldBack: true,
    });
    await first.take(10);
    await first.stop();
    await using second = await Reading.start(config(database, { batch }));
    await second.take(10);
    await second.stop();
    assertEquals(idsOf(second), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await database.apply(...inserts("orders", 11, 1));
    await using third = await Reading.start(config(database, { batch }));
    await third.take(1);
    assertEquals(idsOf(third), [11]);
  },
);

requirement(
  "only tables with changes are queried, and one query looks at all",
  async (database) => {
    const tables = ["t0", "t1", "t2", "t3", "t4"];
    for (const table of tables) {
      await database.createTable(table, COLUMNS, ["id"]);
      await database.enableTable(table);
    }
    await using reading = await Reading.start(config(database, { tables }));
    const { counts } = database.model!;
    await until(() => (counts.get("poll") ?? 0) > 5, () => "polls");
    assertEquals(counts.get("changes") ?? 0, 0);
    const before = counts.get("poll")!;
    await until(() => counts.get("poll")! >= before + 10, () => "more polls");
    await database.apply(...inserts("t3", 1, 1));
    await reading.take(1);
    assertEquals(counts.get("changes"), 1);
  },
  { only: "model" },
);

requirement(
  "tables in other schemas and patterns are read, each under its name",
  async (database) => {
    for (
      const table of ["orders", "sales.orders", "sales.items", "hr.people"]
    ) {
      await database.createTable(table, COLUMNS, ["id"]);
      await database.enableTable(table);
      await database.apply(...inserts(table, 1, 1));
    }
    const tables = ["dbo.orders", "sales.*"];
    await using reading = await Reading.start(config(database, { tables }));
    await reading.take(3);
    const names = reading.envelopes.map(({ metadata }) => metadata.TableName);
    assertEquals(names.toSorted(), ["orders", "sales.items", "sales.orders"]);
  },
);

requirement(
  "a table that a pattern fits is found while reading, when it is enabled later",
  async (database) => {
    await makeTables(database, "orders");
    await using reading = await Reading.start(config(database, {
      tables: ["*"],
    }));
    await database.createTable("items", COLUMNS, ["id"]);
    await database.enableTable("items");
    await database.apply(...inserts("items", 7, 1));
    await reading.take(1);
    assertEquals(idsOf(reading), [7]);
  },
);

requirement(
  "one broken table doesn't stop the others, and its error repeats",
  async (database) => {
    await makeTables(database, "orders");
    await database.createTable("broken", COLUMNS, ["id"]);
    await database.enableTable("broken");
    const tables = ["orders", "broken"];
    await using reading = await Reading.start(config(database, { tables }));
    await reading.saying("monitoring dbo.broken");
    await database.disableInstance("broken", "dbo_broken");
    await database.apply(...inserts("orders", 1, 2));
    await reading.take(2);
    const saysSo = () =>
      reading.logs.filter((line) => line.includes("dbo.broken: ")).length > 2;
    await until(saysSo, () => reading.logs.join("\n"));
    await database.apply(...inserts("orders", 3, 1));
    await reading.take(3);
  },
);

requirement(
  "start = latest begins behind what is there, and is no gap after that",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 5));
    const start = { start: "latest" };
    const first = await Reading.start(config(database, start));
    await until(
      async () =>
        (await database.offset("orders"))?.lsn.match(/[1-9a-f]/) != null,
      () => first.logs.join("\n"),
    );
    await first.stop();
    await database.apply(...inserts("orders", 6, 2));
    await using second = await Reading.start(config(database, start));
    await second.take(2);
    assertEquals(idsOf(second), [6, 7]);
  },
);

requirement(
  "envelope = batch has the shape of the stateless provider",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 123, 2));
    await using reading = await Reading.start(config(database, {
      envelope: "batch",
    }));
    const [{ data, metadata }] = await reading.take(1);
    assertEquals(Object.keys(data), ["table_name", "server_name", "changes"]);
    assertEquals(data.table_name, "dbo.orders");
    const [change] = data.changes;
    assertEquals([change.table_name, change.change_type, change.data.id], [
      "dbo.orders",
      "insert",
      123,
    ]);
    assert.match(change.lsn, /^[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{4}$/);
    assert.match(change.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assertEquals([metadata.batch_size, metadata.poll_interval], [2, "0.01s"]);
  },
);

requirement(
  "values = string writes every value as upstream does",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(
      { insert: "orders", row: { id: 5, name: 'a "b"' } },
      { insert: "orders", row: { id: 6, name: null } },
    );
    await using reading = await Reading.start(config(database, {
      values: "string",
    }));
    const envelopes = await reading.take(2);
    assertEquals(envelopes.map(({ data }) => data), [
      { id: "5", name: 'a "b"' },
      { id: "6", name: null },
    ]);
  },
);

requirement(
  "columns are included, excluded and masked by table",
  async (database) => {
    await database.createTable("people", [
      ...COLUMNS,
      { name: "email", type: "varchar(100)" },
      { name: "photo", type: "varbinary(max)" },
    ], ["id"]);
    await database.enableTable("people");
    await database.apply(
      {
        insert: "people",
        row: { id: 1, name: "a", email: "a@b.c", photo: null },
      },
      { insert: "people", row: { id: 2, name: "b", email: null, photo: null } },
    );
    await using reading = await Reading.start(config(database, {
      tables: ["people"],
      columns: { "dbo.people": { exclude: ["PHOTO"], mask: ["email"] } },
    }));
    const envelopes = await reading.take(2);
    assertEquals(envelopes.map(({ data }) => data), [
      { id: 1, name: "a", email: "***" },
      { id: 2, name: "b", email: null },
    ]);
  },
);

requirement(
  "metadata of the config and of a table's settings is added",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database, {
      metadata: { IngestQueue: "q" },
      table_settings: [{
        table: "orders",
        metadata: { Destination: "host.shop.orders.events" },
      }],
    }));
    const [{ metadata }] = await reading.take(1);
    assertEquals(metadata.IngestQueue, "q");
    assertEquals(metadata.Destination, "host.shop.orders.events");
  },
);

requirement("there is no pause after a full batch", async (database) => {
  await makeTables(database, "orders");
  await database.apply(...inserts("orders", 1, 30));
  await using reading = await Reading.start(config(database, {
    poll_interval: "1h",
    max_poll_interval: "1h",
    batch: { min_rows: 4, max_rows: 4 },
  }));
  await reading.take(30);
  // Made after the first look: found by the second, which follows full batches.
  await database.apply(...inserts("orders", 31, 1));
  await using other = await Reading.start(config(database, { consumer: "b" }));
  await other.take(31);
  assertEquals(idsOf(reading).slice(0, 30), idsOf(other).slice(0, 30));
});

requirement(
  "many tables are read over a bounded number of connections",
  async (database) => {
    const tables = Array.from({ length: 12 }, (_, i) => `t${i}`);
    await makeTables(database, ...tables);
    for (const table of tables) await database.apply(...inserts(table, 1, 20));
    let most = 0;
    database.model!.interruptions.at("changes", () => {
      most = Math.max(most, database.model!.server.sessions.length);
    }, { times: 1000 });
    await using reading = await Reading.start(config(database, {
      tables,
      max_connections: 2,
      batch: { min_rows: 2, max_rows: 5 },
    }));
    await reading.take(240);
    // Two that read, one that asks, one for offsets.
    assert.ok(most <= 4, `${most} connections`);
    database.model!.interruptions.clear();
  },
  { only: "model" },
);

requirement(
  "commit_time says when a change was committed, in UTC",
  async (database) => {
    await makeTables(database, "orders");
    const beforeMs = Date.now() - 60_000;
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database, {
      commit_time: true,
    }));
    const [{ metadata }] = await reading.take(1);
    assert.match(
      metadata.CommitTime,
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
    );
    const committedMs = Date.parse(metadata.CommitTime);
    assert.ok(committedMs > beforeMs && committedMs < Date.now() + 60_000);
  },
);

requirement(
  "follow = false ends when all that was captured is read and delivered",
  async (database) => {
    await makeTables(database, "orders", "items");
    await database.apply(...inserts("orders", 1, 5));
    const more = { tables: ["*"], follow: false };
    const first = await Reading.start(config(database, more));
    await until(() => first.isOver, () => first.logs.join("\n"));
    assertEquals(idsOf(first), [1, 2, 3, 4, 5]);
    await first.stop();
    await database.apply(...inserts("items", 6, 1));
    const second = await Reading.start(config(database, more));
    await until(() => second.isOver, () => second.logs.join("\n"));
    assertEquals(idsOf(second), [6]);
    await second.stop();
  },
);
