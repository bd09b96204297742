import {
  formatSchema,
  parseSchema,
  type SchemaField,
  type TableSchema,
} from "../../core/protocol/mod.ts";
import type { TransformStep } from "../../core/config/task.ts";
import { createTransformer } from "../../core/transform/mod.ts";
import { assertEquals } from "../support/assert.ts";
import { filter, map, type MapParts, validate } from "./steps.ts";

const ID: SchemaField = { name: "id", type: "int64" };
const TOTAL: SchemaField = {
  name: "total",
  type: "decimal",
  precision: 19,
  scale: 4,
  nullable: true,
  native: "numeric(19,4)",
};
const STREET: SchemaField = { name: "street", type: "string" };
const CITY: SchemaField = { name: "city", type: "string" };
const ADDRESS: SchemaField = {
  name: "address",
  type: "struct",
  fields: [STREET, CITY],
};
const EXTRA: SchemaField = { name: "extra", type: "json" };
const ORDERS: TableSchema = {
  table: "orders",
  key: ["id"],
  fields: [ID, TOTAL, ADDRESS, EXTRA],
};
const UNKNOWN = { type: "any", nullable: true } as const;

const CASES: readonly {
  readonly name: string;
  readonly map: MapParts;
  /** `undefined`: no schema any more. */
  readonly becomes: Partial<TableSchema> | undefined;
}[] = [
  {
    name: "what is removed is removed",
    map: { remove: ["data.total", "data.missing"] },
    becomes: { fields: [ID, ADDRESS, EXTRA] },
  },
  {
    name: "what is removed inside of a struct is removed there",
    map: { remove: ["data.address.city", "data.extra.a"] },
    becomes: {
      fields: [ID, TOTAL, { ...ADDRESS, fields: [STREET] }, EXTRA],
    },
  },
  {
    name: "a key that has lost a column is none",
    map: { remove: ["data.id"] },
    becomes: { key: undefined, fields: [TOTAL, ADDRESS, EXTRA] },
  },
  {
    name: "what is renamed keeps its type and what is known of it, and the key",
    map: { rename: { "data.id": "data.order_id", "data.total": "data.sum" } },
    becomes: {
      key: ["order_id"],
      fields: [
        ADDRESS,
        EXTRA,
        { ...ID, name: "order_id" },
        { ...TOTAL, name: "sum" },
      ],
    },
  },
  {
    name: "a rename of what is missing changes nothing",
    map: { rename: { "data.missing": "data.total" } },
    becomes: {},
  },
  {
    name: "what moves into a struct is described there, and no key any more",
    map: { rename: { "data.id": "data.ref.id" } },
    becomes: {
      key: undefined,
      fields: [
        TOTAL,
        ADDRESS,
        EXTRA,
        { name: "ref", type: "struct", fields: [ID] },
      ],
    },
  },
  {
    name: "what moves to the metadata is gone",
    map: { rename: { "data.total": "metadata.total" } },
    becomes: { fields: [ID, ADDRESS, EXTRA] },
  },
  {
    name: "what is set has the type of its expression where that is known",
    map: {
      set: {
        "data.s": "'x'",
        "data.n": "1 + 2",
        "data.f": "1.5",
        "data.b": "data.id > 3",
        "data.l": "[1, 2]",
        "data.d": "data.id * 2",
        "data.copy": "data.total",
        "data.street": "data.address.street",
        "data.op": "metadata.op",
        "data.inner": "data.extra.a",
      },
    },
    becomes: {
      fields: [
        ID,
        TOTAL,
        ADDRESS,
        EXTRA,
        { name: "s", type: "string" },
        { name: "n", type: "int64" },
        { name: "f", type: "float64" },
        { name: "b", type: "boolean" },
        { name: "l", type: "list", element: UNKNOWN },
        { name: "d", ...UNKNOWN },
        { ...TOTAL, name: "copy" },
        { ...STREET, name: "street" },
        { name: "op", ...UNKNOWN },
        { name: "inner", ...UNKNOWN },
      ],
    },
  },
  {
    name: "what is set anew has its new type in its old place",
    map: { set: { "data.total": "'a lot'" } },
    becomes: {
      fields: [ID, { name: "total", type: "string" }, ADDRESS, EXTRA],
    },
  },
  {
    name: "what is set in a field of JSON is not described",
    map: { set: { "data.extra.a": "1" } },
    becomes: {},
  },
  {
    name: "other metadata is no matter",
    map: { set: { "metadata.source": "'shop'" }, remove: ["metadata.op"] },
    becomes: {},
  },
  {
    name: "another name of the table is one of the schema",
    map: { set: { "metadata.table": "'archive.orders'" } },
    becomes: { table: "archive.orders" },
  },
  {
    name: "a table that each envelope names for itself has none",
    map: { set: { "metadata.table": "'x_' + data.kind" } },
    becomes: undefined,
  },
  {
    name: "without a table there is none",
    map: { remove: ["metadata.table"] },
    becomes: undefined,
  },
  {
    name: "data made anew has none",
    map: { set: { data: "{'id': data.id}" } },
    becomes: undefined,
  },
  {
    name: "metadata made anew has none",
    map: { set: { metadata: "{'op': 'i'}" } },
    becomes: undefined,
  },
];

for (const { name, map: parts, becomes } of CASES) {
  Deno.test(`a schema through a map: ${name}`, async () => {
    assertEquals(
      await through([map(parts)], ORDERS),
      becomes && clean({ ...ORDERS, ...becomes }),
    );
  });
}

Deno.test("a schema through a map: JSON Schema that no longer fits is left out", async () => {
  const schema = { ...ORDERS, json_schema: { type: "object" } };
  const changed = await through([map({ remove: ["data.total"] })], schema);
  assertEquals(changed, { ...ORDERS, fields: [ID, ADDRESS, EXTRA] });
});

Deno.test("filter and validate leave a schema as it came, byte for byte", async () => {
  const steps = [filter("data.id > 1"), validate({ type: "object" })];
  const transformer = await createTransformer(steps, { maxLineBytes: 1024 });
  const record = '{"schema":{"table":"t" , "fields":[], "more":1.50}}';
  const schema = { table: "t", record };
  assertEquals(transformer.applySchema(schema), schema);
});

Deno.test("a schema goes through one map after the other", async () => {
  const steps = [
    map({ rename: { "data.total": "data.sum" } }),
    map({ set: { "data.copy": "data.sum" }, remove: ["data.address"] }),
  ];
  assertEquals((await through(steps, ORDERS))?.fields, [
    ID,
    EXTRA,
    { ...TOTAL, name: "sum" },
    { ...TOTAL, name: "copy" },
  ]);
});

async function through(
  steps: readonly TransformStep[],
  schema: TableSchema,
): Promise<TableSchema | undefined> {
  const transformer = await createTransformer(steps, { maxLineBytes: 1024 });
  const changed = transformer.applySchema(formatSchema(schema));
  return changed && parseSchema(changed.record);
}

/** Without members that are not there. */
function clean(schema: TableSchema): TableSchema {
  return JSON.parse(JSON.stringify(schema));
}
