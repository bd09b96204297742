/**
 * The form that all inputs share (core/sdk/changes): metadata and schema records.
 *
 * @module
 */

import { keyText, oldKeyValues, readChange } from "@dstream/sdk/changes";
import { formatSchema, parseSchema } from "../../core/protocol/schema.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { config, inserts, makeTables } from "./support/orders.ts";
import { Reading } from "./support/reading.ts";
import { requirement, type TestDatabase } from "./support/test_database.ts";

const DSTREAM = { metadata_style: "dstream" };

function changesOf({ envelopes }: Reading) {
  return envelopes.map((envelope) => readChange(envelope));
}

async function changeOrders(database: TestDatabase): Promise<void> {
  await database.apply({ insert: "orders", row: { id: 1, name: "a" } });
  await database.apply(
    { update: "orders", key: { id: 1 }, set: { name: "b" } },
    { insert: "orders", row: { id: 2, name: null } },
  );
  await database.apply({ delete: "orders", key: { id: 1 } });
}

requirement(
  "a change says table, operation, key, position, transaction and source",
  async (database) => {
    await makeTables(database, "orders");
    await changeOrders(database);
    await using reading = await Reading.start(config(database, DSTREAM));
    await reading.take(4);
    const changes = changesOf(reading);
    assertEquals(
      changes.map(({ form, table, source }) => [form, table, source]),
      changes.map(() => ["dstream", "orders", "mssql"]) as never,
    );
    assertEquals(
      changes.map(({ operation }) => operation),
      ["insert", "update", "insert", "delete"],
    );
    assertEquals(
      changes.map((change) => keyText(change)),
      ["[1]", "[1]", "[2]", "[1]"],
    );
    const positions = changes.map(({ position }) => position!);
    assertEquals(positions, [...new Set(positions)].toSorted());
    assertEquals(new Set(positions.map(({ length }) => length)).size, 1);
    const transactions = changes.map(({ transaction }) => transaction);
    assertEquals(transactions[1], transactions[2]);
    assert.equal(new Set(transactions).size, 3);
    assertEquals(changes[0].before, undefined);
  },
);

requirement(
  "without metadata_style it is this form, by either speed the same lines",
  async (database) => {
    await makeTables(database, "orders");
    await changeOrders(database);
    const { metadata_style: _, ...usual } = config(database);
    const all = async (more: object) => {
      await using reading = await Reading.start({ ...usual, ...more });
      await reading.take(4);
      return reading.envelopes;
    };
    const fast = await all({ consumer: "fast" });
    // With times a row goes the driver's way.
    const timed = await all({ consumer: "timed", commit_time: true });
    const without = timed.map(({ data, metadata }) => {
      const { timestamp, ...rest } = metadata;
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      return { data, metadata: rest };
    });
    assertEquals(without, fast as never);
  },
);

requirement(
  "an update carries the row before it where before_image says so",
  async (database) => {
    await makeTables(database, "orders");
    await changeOrders(database);
    const more = { ...DSTREAM, before_image: true };
    await using reading = await Reading.start(config(database, more));
    await reading.take(4);
    const changes = changesOf(reading);
    assertEquals(changes[1].before, { id: 1, name: "a" });
    assertEquals(changes[1].data, { id: 1, name: "b" });
    assertEquals(oldKeyValues(changes[1]), undefined);
  },
);

requirement(
  "a key that changes is a delete of the old row and an insert of the new one",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await database.apply({
      update: "orders",
      key: { id: 1 },
      set: { id: 7 },
    });
    await using reading = await Reading.start(config(database, DSTREAM));
    await reading.take(3);
    const [, gone, come] = changesOf(reading);
    assertEquals([gone.operation, keyText(gone)], ["delete", "[1]"]);
    assertEquals([come.operation, keyText(come)], ["insert", "[7]"]);
    assert.ok(gone.position! < come.position!);
  },
);

requirement(
  "a table's schema comes with its rows, with key and exact types",
  async (database) => {
    await database.createTable("orders", [
      { name: "id", type: "bigint", isNullable: false },
      { name: "total", type: "decimal(19,4)" },
      { name: "at", type: "datetime2(3)" },
      { name: "secret", type: "nvarchar(20)" },
      { name: "photo", type: "varbinary(max)" },
    ], ["id"]);
    await database.enableTable("orders");
    await database.apply({
      insert: "orders",
      row: { id: 1n, total: "1.5000", at: null, secret: "x", photo: null },
    });
    const columns = { orders: { mask: ["secret"], exclude: ["photo"] } };
    const more = { ...DSTREAM, columns };
    await using reading = await Reading.start(config(database, more));
    await reading.take(1);
    const [{ before, schema }] = reading.schemas;
    assertEquals(before, 0);
    assertEquals(schema, {
      table: "orders",
      key: ["id"],
      fields: [
        { name: "id", type: "int64", native: "bigint" },
        {
          name: "total",
          type: "decimal",
          precision: 19,
          scale: 4,
          nullable: true,
          native: "decimal(19, 4)",
        },
        {
          name: "at",
          type: "timestamp",
          precision: 3,
          nullable: true,
          native: "datetime2(3)",
        },
        {
          name: "secret",
          type: "string",
          nullable: true,
          native: "nvarchar(20)",
        },
      ],
    });
    assertEquals(parseSchema(formatSchema(schema).record), schema as never);
    assertEquals(Object.keys(reading.envelopes[0].data), [
      "id",
      "total",
      "at",
      "secret",
    ]);
  },
);

requirement(
  "a key whose values are hidden is no key",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    const more = { ...DSTREAM, columns: { orders: { mask: ["id"] } } };
    await using reading = await Reading.start(config(database, more));
    await reading.take(1);
    assertEquals(changesOf(reading)[0].key, undefined);
    assertEquals(reading.schemas[0].schema.key, undefined);
  },
);

requirement(
  "rows of a snapshot are read, then changes follow at later positions",
  async (database) => {
    await makeTables(database, "orders");
    // Ten and more: numbers that sort as text only in fixed width.
    await database.apply(...inserts("orders", 1, 12));
    const more = { ...DSTREAM, snapshot: "initial" };
    await using reading = await Reading.start(config(database, more));
    await reading.take(12);
    await database.apply(...inserts("orders", 13, 1));
    await reading.take(13);
    const changes = changesOf(reading);
    assertEquals(
      changes.map(({ operation }) => operation),
      [...Array(12).fill("read"), "insert"],
    );
    const positions = changes.map(({ position }) => position!);
    assertEquals(positions, positions.toSorted());
    assertEquals(changes[0].transaction, undefined);
    assertEquals(reading.schemas[0].before, 0);
  },
);

requirement(
  "another capture instance brings another schema, and no envelope",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    await using reading = await Reading.start(config(database, DSTREAM));
    await reading.take(2);
    await database.addColumn("orders", { name: "total", type: "decimal(9,2)" });
    await database.enableTable("orders", "orders_v2");
    await database.apply({
      insert: "orders",
      row: { id: 3, name: "c", total: "2.00" },
    });
    await reading.take(3);
    const [before, after] = [2, 3].map((count) =>
      reading.schemas.findLast((each) => each.before < count)!.schema
        .fields.map(({ name }) => name)
    );
    assertEquals(before, ["id", "name"]);
    assertEquals(after, ["id", "name", "total"]);
    assertEquals(reading.envelopes.length, 3);
  },
);

requirement(
  "a column's new type is in the schema before the first change that has it",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 1));
    await using reading = await Reading.start(config(database, DSTREAM));
    await reading.take(1);
    const retyped = { name: "name", type: "nvarchar(99)" };
    await database.alterColumn("orders", retyped);
    await database.apply(...inserts("orders", 2, 1));
    await reading.take(2);
    const { schema } = reading.schemas.findLast(({ before }) => before < 2)!;
    assertEquals(schema.fields[1].native, "nvarchar(99)");
  },
);

requirement(
  "a gap is an operation of its own, without a row",
  async (database) => {
    await makeTables(database, "orders");
    await database.apply(...inserts("orders", 1, 2));
    const more = { ...DSTREAM, on_gap: "continue", follow: false };
    {
      await using first = await Reading.start(config(database, more));
      await first.take(2);
    }
    await database.apply(...inserts("orders", 3, 2));
    await database.cleanUp("dbo_orders");
    await database.apply(...inserts("orders", 5, 1));
    await using second = await Reading.start(config(database, more));
    await second.take(2);
    const [gap, next] = changesOf(second);
    assertEquals([gap.operation, gap.table, gap.data], ["gap", "orders", null]);
    assert.match(second.envelopes[0].metadata.from_lsn, /^[0-9a-f]{20}$/);
    assertEquals(next.operation, "insert");
    assert.ok(gap.position! < next.position!);
    assertEquals(second.schemas[0].before, 0);
  },
);
