import type { Json } from "@dstream/sdk";
import type { FieldType, TableSchema } from "@dstream/sdk/changes";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import { ROW_FORMATS, type RowFormatName } from "./format_names.ts";
import { RowProblem } from "./problems.ts";
import { planFormat } from "./row_formats.ts";

function table(...fields: TableSchema["fields"]): TableSchema {
  return { table: "t", key: ["id"], fields };
}

function plan(format: RowFormatName, schema: TableSchema) {
  return planFormat(format, schema, () => Promise.resolve(undefined));
}

const ID = { name: "id", type: "int32" } as const;

/** A format, a column's type, a value for which it has no word, and why. */
const REFUSED: readonly (readonly [RowFormatName, FieldType, Json, RegExp])[] =
  [
    ["json_schema", { type: "float64" }, "NaN", /JSON has no such number/],
    ["json_schema", { type: "list" }, "a", /it is no list/],
    ["avro", { type: "date" }, "infinity", /no date that can be counted/],
    [
      "avro",
      { type: "decimal", precision: 5, scale: 2 },
      "1.234",
      /more than 2 digits behind the point/,
    ],
    [
      "avro",
      { type: "timestamptz" },
      "2026-01-02T03:04:05.1234567Z",
      /a time finer than microseconds/,
    ],
    ["protobuf", { type: "timestamptz" }, "infinity", /no time that can be/],
    [
      "protobuf",
      { type: "list", element: { type: "string" } },
      ["a", null],
      /Protobuf has no null in a list/,
    ],
    ["protobuf", { type: "int8" }, 128, /is no int8/],
  ];

Deno.test("what a format has no word for is refused, with the column's name", async (t) => {
  for (const [format, type, value, why] of REFUSED) {
    await t.step(`${format}: ${JSON.stringify(value)}`, async () => {
      const { write } = await plan(format, table(ID, { name: "c", ...type }));
      assert.throws(() => write({ id: 1, c: value }), (error: Error) => {
        assert.ok(error instanceof RowProblem, String(error));
        assert.match(error.message, /^the column "c": /);
        assert.match(error.message, why);
        return true;
      });
    });
  }
});

Deno.test("a row without its key is refused", async (t) => {
  for (const format of ROW_FORMATS) {
    await t.step(format, async () => {
      const { write } = await plan(format, table(ID));
      assert.throws(() => write({ id: null }), /"id": a key's column has no/);
    });
  }
});

Deno.test("columns whose names a format can't tell apart end the task", async (t) => {
  const schema = table(
    { name: "a b", type: "string" },
    { name: "a_b", type: "string" },
  );
  for (const format of ["avro", "protobuf"] as const) {
    await t.step(format, async () => {
      const { message } = await assertRejects(
        () => plan(format, schema),
        "kafka.names_collide",
      );
      assert.match(message, /"a b" and "a_b" of "t" would both be "a_b"/);
    });
  }
});

Deno.test("Protobuf's names for JSON are the columns' where they would collide", async () => {
  const { text } = await plan(
    "protobuf",
    table(
      { name: "user_id", type: "int64" },
      { name: "userId", type: "int64" },
      { name: "plain_name", type: "json" },
      { name: "1st", type: "uint64" },
    ),
  );
  assertEquals(text.split("\n").slice(4, -2), [
    "message t {",
    '  optional int64 user_id = 1 [json_name = "user_id"];',
    '  optional int64 userId = 2 [json_name = "userId"];',
    "  optional string plain_name = 3;",
    '  optional uint64 _1st = 4 [json_name = "1st"];',
  ]);
});

Deno.test("a schema that came as a JSON Schema is registered as it is", async () => {
  const { text } = await plan("json_schema", {
    ...table(ID),
    json_schema: { type: "object", properties: { id: { type: "integer" } } },
  });
  assertEquals(JSON.parse(text), {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { id: { type: "integer" } },
  });
});
