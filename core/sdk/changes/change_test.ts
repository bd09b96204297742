import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  type Change,
  isAfter,
  keyText,
  keyValues,
  MetadataWriter,
  oldKeyValues,
  OPERATIONS,
  positionText,
  readChange,
  rowOf,
  writeChange,
} from "./mod.ts";
import { anyName } from "./test_support.ts";

const text = fc.string({ minLength: 1 });
const row = fc.dictionary(anyName, fc.jsonValue()) as fc.Arbitrary<never>;
const anyChange: fc.Arbitrary<Change> = fc.record({
  data: row,
  table: text,
  operation: fc.constantFrom(...OPERATIONS),
  key: fc.array(anyName),
  before: row,
  unchanged: fc.array(anyName),
  position: text,
  transaction: text,
  timestamp: text,
  source: text,
}, { requiredKeys: ["data", "operation"] });

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

Deno.test("reading a change undoes writing it, whatever a provider adds", () => {
  fc.assert(fc.property(anyChange, row, (change, more) => {
    const line = JSON.stringify(writeChange(change, more));
    const { form, ...read } = readChange(JSON.parse(line));
    assertEquals(form, "dstream");
    assertEquals(asJson(read), asJson(change));
  }));
});

Deno.test("metadata written as text is the metadata written as an object", () => {
  fc.assert(fc.property(anyChange, ({ table, source, data, ...change }) => {
    const constants = asJson({ table, source });
    const text = new MetadataWriter(constants).text(change);
    const whole = writeChange({ ...constants, ...change, data }).metadata;
    assertEquals(JSON.parse(text), asJson(whole));
  }));
});

Deno.test("a provider's own key can't pass for a change's", () => {
  const { metadata } = writeChange(
    { operation: "insert", data: {} },
    { operation: "delete", lsn: "1", table: "x" },
  );
  assertEquals(metadata, { operation: "insert", lsn: "1" });
});

Deno.test("an envelope without a change is a record of the table the config names", () => {
  const envelope = { data: [1], metadata: { line: 1 } };
  assertEquals(readChange(envelope, { table: "log", key: ["id"] }), {
    data: [1],
    table: "log",
    key: ["id"],
    form: "none",
  });
  const named = { data: 1, metadata: { table: "logs" } };
  assertEquals(readChange(named, { table: "log" }), {
    data: 1,
    table: "logs",
    form: "dstream",
  });
});

Deno.test("what is no name, text or operation is not read as one", () => {
  const metadata = {
    table: "a",
    operation: "upsert",
    key: "id",
    before: [],
    position: 7,
    unchanged: [1],
    transaction: "",
    timestamp: null,
    source: {},
  };
  assertEquals(readChange({ data: {}, metadata }), {
    data: {},
    table: "a",
    form: "dstream",
  });
});

Deno.test("upstream's metadata", async (t) => {
  const metadata = {
    TableName: "sales.orders",
    LSN: "0000002800000AB80003",
    Seq: "0000002800000ab80002",
    CommandID: 7,
    OperationID: 4,
    OperationType: "Update",
    CommitTime: "2026-11-30 06:00:00.123",
    Before: { id: "1" },
  };
  await t.step("as our SQL Server input writes it", () => {
    assertEquals(readChange({ data: { id: "2" }, metadata }, { key: ["id"] }), {
      data: { id: "2" },
      table: "sales.orders",
      operation: "update",
      key: ["id"],
      before: { id: "1" },
      position:
        "0000002800000ab80003/0000000000000000007/0000002800000ab80002/4",
      transaction: "0000002800000AB80003",
      timestamp: "2026-11-30T06:00:00.123Z",
      form: "upstream",
    });
  });
  await t.step("an operation that has a number alone", () => {
    for (
      const [id, operation] of [[1, "delete"], [2, "insert"], [4, "update"]]
    ) {
      const metadata = { TableName: "a", OperationID: id };
      assertEquals(readChange({ data: {}, metadata }).operation, operation);
    }
  });
  await t.step("a row of a snapshot has no position", () => {
    const read = {
      ...metadata,
      OperationType: "Read",
      OperationID: 0,
      Seq: "00000000000000000000",
    };
    const change = readChange({ data: {}, metadata: read });
    assertEquals([change.operation, change.position], ["read", undefined]);
  });
  await t.step("a gap has no row; a schema or a batch is a record", () => {
    const of = (OperationType: string) =>
      readChange({ data: { a: 1 }, metadata: { ...metadata, OperationType } });
    assertEquals([of("Gap").operation, of("Gap").data], ["gap", null]);
    assertEquals(of("Schema").operation, undefined);
    assertEquals(of("Batch").operation, undefined);
  });
});

Deno.test("Debezium's envelope", async (t) => {
  const source = {
    connector: "postgresql",
    db: "shop",
    schema: "public",
    table: "orders",
    lsn: 24023128,
    txId: 555,
    ts_ms: 1764482400123,
    ts_us: 1764482400123456,
  };
  const update = {
    before: { id: 7, note: null },
    after: { id: 8, note: "__debezium_unavailable_value" },
    source,
    op: "u",
    ts_ms: 1,
  };
  const expected = {
    data: { id: 8 },
    table: "orders",
    operation: "update",
    key: ["id"],
    before: { id: 7, note: null },
    unchanged: ["note"],
    position: "0000000000024023128",
    transaction: "555",
    timestamp: "2025-11-30T06:00:00.123456Z",
    source: "postgresql",
    form: "debezium",
  };
  await t.step("with its schema around it, the key in the metadata", () => {
    const data = { schema: { type: "struct" }, payload: update };
    const metadata = { table: "shop.public.orders", key: { id: 8 } };
    assertEquals(readChange({ data, metadata }), expected as never);
  });
  await t.step("alone, the key with a schema around it", () => {
    const metadata = { key: { schema: {}, payload: { id: 8 } } };
    assertEquals(readChange({ data: update, metadata }), expected as never);
  });
  await t.step("of a delete, the row is what was there before", () => {
    const data = { ...update, op: "d", after: null };
    const change = readChange({ data, metadata: {} });
    assertEquals(change.data, { id: 7, note: null });
    assertEquals([change.operation, change.before], ["delete", undefined]);
  });
  await t.step("insert, snapshot, truncate", () => {
    for (
      const [op, operation] of [["c", "insert"], ["r", "read"], [
        "t",
        "truncate",
      ]]
    ) {
      const data = { op, source, before: null, after: op === "t" ? null : {} };
      assertEquals(readChange({ data, metadata: {} }).operation, operation);
    }
  });
  await t.step("positions of MySQL and SQL Server sort as text", () => {
    const at = (source: object) =>
      readChange(
        { data: { op: "c", after: {}, source }, metadata: {} } as never,
      )
        .position ?? "";
    const file = "binlog.000003";
    assert.ok(at({ file, pos: 9, row: 0 }) < at({ file, pos: 10, row: 0 }));
    const lsns = { commit_lsn: "00:1:2", change_lsn: "00:1:1" };
    assert.ok(
      at({ ...lsns, event_serial_no: 9 }) <
        at({ ...lsns, event_serial_no: 10 }),
    );
  });
  await t.step("an object that only looks like it is a record", () => {
    for (
      const data of [{ op: "c" }, { op: "x", after: {}, source: {} }, null]
    ) {
      assertEquals(readChange({ data, metadata: {} } as never).form, "none");
    }
  });
});

Deno.test("positions sort as text in the order of their counts", () => {
  const count = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  fc.assert(fc.property(count, count, (one, other) => {
    const [a, b] = [positionText(["t", one]), positionText(["t", other])];
    assertEquals(isAfter(a, b), one > other);
  }));
  assert.throws(() => positionText([-1]), RangeError);
});

Deno.test("a row is known by its key, in the key's order", () => {
  const row = { b: 2, a: "x", c: null };
  assertEquals(keyValues(row, ["a", "b"]), ["x", 2]);
  assertEquals(keyValues(row, ["a", "d"]), undefined);
  assertEquals(keyValues(row, []), undefined);
  assertEquals(keyText({ data: row, key: ["c", "a"] }), '[null,"x"]');
  assertEquals(keyText({ data: null, key: ["a"] }), undefined);
  assertEquals(rowOf({ data: [1] }), undefined);
});

Deno.test("a key that changed is known by what was before", () => {
  const old = (before: object | undefined, data: object) =>
    oldKeyValues({ key: ["a", "b"], before, data } as never);
  assertEquals(old({ a: 1 }, { a: 2, b: 3 }), [1, 3]);
  assertEquals(old({ a: 2, b: 3 }, { a: 2, b: 3 }), undefined);
  assertEquals(old(undefined, { a: 2, b: 3 }), undefined);
});
