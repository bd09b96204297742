import type { FieldType, TableSchema } from "@dstream/sdk/changes";
import { assertEquals } from "../../../tests/support/assert.ts";
import { Log } from "../../../tests/support/servicebus_output.ts";
import type { Shape } from "../registry/shape.ts";
import { TableSchemas } from "./table_schemas.ts";

function shape(fields: Readonly<Record<string, FieldType["type"]>>): Shape {
  return {
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  };
}

const OLD = shape({ id: "int32", name: "string" });
const NEW = shape({ id: "int64", more: "date" });

const BOTH: TableSchema = {
  table: "orders",
  fields: [
    { name: "id", type: "int64" },
    { name: "name", type: "string", nullable: true },
    { name: "more", type: "date", nullable: true },
  ],
};

/** What is told after each message. */
function told(...messages: readonly [Shape, string[]?][]): TableSchema[][] {
  const tables = new TableSchemas(new Log());
  const all = messages.map(([shape, key]) => {
    tables.see("orders", shape, key);
    return tables.take();
  });
  return JSON.parse(JSON.stringify(all));
}

Deno.test("a table's schema is told before its first row, once", () => {
  assertEquals(told([OLD], [OLD], [shape({ id: "int32", name: "string" })]), [
    [{ table: "orders", fields: OLD.fields }],
    [],
    [],
  ]);
});

Deno.test("old and new producers in turns: it grows, and is told no more", () => {
  const [, second, ...more] = told([OLD], [NEW], [OLD], [NEW], [OLD]);
  assertEquals([second, ...more], [[BOTH], [], [], []]);
});

Deno.test("a key that a message says is the table's", () => {
  assertEquals(
    told([OLD], [OLD, ["id"]], [OLD], [OLD, ["id"]], [NEW]).map((some) =>
      some.map(({ key }) => key)
    ),
    [[undefined], [["id"]], [], [], [["id"]]],
  );
});

const WIDER: readonly (readonly [FieldType, FieldType, FieldType])[] = [
  [{ type: "int32" }, { type: "int64" }, { type: "int64" }],
  [{ type: "int8" }, { type: "uint8" }, { type: "int16" }],
  [
    { type: "uint64" },
    { type: "int8" },
    { type: "decimal", precision: 20, scale: 0 },
  ],
  [{ type: "int64" }, { type: "float32" }, { type: "float64" }],
  [{ type: "float64" }, { type: "decimal", scale: 1 }, { type: "decimal" }],
  [
    { type: "decimal", precision: 10, scale: 2 },
    { type: "decimal", precision: 9, scale: 4 },
    { type: "decimal", precision: 12, scale: 4 },
  ],
  [{ type: "uuid" }, { type: "string" }, { type: "string" }],
  [{ type: "bytes" }, { type: "string" }, { type: "any" }],
  [{ type: "string" }, { type: "json" }, { type: "json" }],
  [
    { type: "int64" },
    { type: "decimal", precision: 10, scale: 2 },
    { type: "decimal", precision: 22, scale: 2 },
  ],
  [
    { type: "time", precision: 3 },
    { type: "time", precision: 6 },
    { type: "time", precision: 6 },
  ],
  [
    { type: "list", element: { type: "int32" } },
    { type: "list", element: { type: "int64", nullable: true } },
    { type: "list", element: { type: "int64", nullable: true } },
  ],
  [
    { type: "struct", fields: [{ name: "a", type: "int8" }] },
    { type: "struct", fields: [{ name: "b", type: "int8" }] },
    {
      type: "struct",
      fields: [
        { name: "a", type: "int8", nullable: true },
        { name: "b", type: "int8", nullable: true },
      ],
    },
  ],
];

Deno.test("a column of two types has the type of both's values", async (t) => {
  for (const [one, other, both] of WIDER) {
    await t.step(`${JSON.stringify(one)} and ${JSON.stringify(other)}`, () => {
      const column = (type: FieldType): Shape => ({
        fields: [{ name: "a", ...type }],
      });
      const [, [wider], after] = told([column(one)], [column(other)], [
        column(other),
      ]);
      assertEquals(wider.fields, [{ name: "a", ...both }]);
      assertEquals(after, []);
    });
  }
});
