import type { JsonObject } from "@dstream/sdk";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { batchOf } from "../../tests/support/servicebus_output.ts";
import { positionOf } from "./position.ts";
import { Scope } from "@dstream/sdk/service";

const CHANGE = {
  TableName: "Persons",
  LSN: "0000003600000b200003",
  Seq: "0000003600000b200002",
  OperationID: 2,
  OperationType: "Insert",
};

function position(metadata: JsonObject, data: JsonObject = { id: 1 }) {
  return positionOf(new Scope(batchOf([{ data, metadata }]), 0));
}

Deno.test("a change of SQL Server is known by its place in the log", () => {
  assertEquals(position(CHANGE), {
    id: "Persons/0000003600000b200003/0000003600000b200002/2",
    kind: "change",
  });
  assertEquals(position(CHANGE, { id: 2 }), position(CHANGE));
});

Deno.test("two changes never have one id", async (t) => {
  const others: [string, JsonObject][] = [
    ["another table", { ...CHANGE, TableName: "Cars" }],
    ["another schema", { ...CHANGE, Schema: "sales" }],
    ["another destination", { ...CHANGE, Destination: "a.b.Persons.events" }],
    ["a later change", { ...CHANGE, Seq: "0000003600000b200004" }],
    ["another command", { ...CHANGE, CommandID: 2 }],
    ["another transaction", { ...CHANGE, LSN: "0000003600000b300003" }],
    ["the other half of an update", { ...CHANGE, OperationID: 4 }],
  ];
  for (const [name, metadata] of others) {
    await t.step(name, () => {
      assert.notEqual(position(metadata).id, position(CHANGE).id);
    });
  }
});

Deno.test("the position of a change in dstream's form is its id", async (t) => {
  const change = {
    table: "sales.orders",
    operation: "update",
    source: "mssql",
    position: "0000003600000b200003/000000000001/0000003600000b200002/4",
  };
  assertEquals(position(change), {
    id: `mssql/sales.orders/${change.position}`,
    kind: "change",
  });
  const others: [string, JsonObject][] = [
    ["another table", { ...change, table: "orders" }],
    ["another place", { ...change, position: "1" }],
    ["another destination", { ...change, Destination: "x" }],
  ];
  for (const [name, metadata] of others) {
    await t.step(name, () => {
      assert.notEqual(position(metadata).id, position(change).id);
    });
  }
  await t.step("a row of a snapshot is known by its content", () => {
    const found = { ...change, operation: "read" };
    assertEquals(position(found, { id: 1 }).kind, "content");
  });
});

Deno.test("what shares its place with others is known by its content", async (t) => {
  const shared: [string, JsonObject][] = [
    ["a row of a snapshot", {
      ...CHANGE,
      OperationID: 0,
      OperationType: "Read",
    }],
    ["a batch of changes", { ...CHANGE, OperationType: "Batch" }],
    ["upstream's batch", { TableName: "Persons", LSN: CHANGE.LSN }],
    ["a counter, which begins anew", { seq: 1, source: "counter" }],
    ["nothing at all", {}],
  ];
  for (const [name, metadata] of shared) {
    await t.step(name, () => {
      const one = position(metadata, { id: 1 });
      assertEquals(one.kind, "content");
      assert.match(one.id, /^[0-9a-f]{64}$/);
      assert.equal(one.id, position(metadata, { id: 1 }).id);
      assert.notEqual(one.id, position(metadata, { id: 2 }).id);
    });
  }
});

Deno.test("a long position is hashed", () => {
  const { id } = position({ ...CHANGE, TableName: "x".repeat(200) });
  assert.match(id, /^[0-9a-f]{64}$/);
});
