import { TestContext } from "@dstream/sdk/testing";
import { assert } from "../../../tests/support/assert.ts";
import { InferredSchema } from "./inferred_schema.ts";
import { singerSchemaOf, withNumbers } from "./singer_schema.ts";
import { Validators } from "./validator.ts";

Deno.test("singer schema: a table of a database in Singer's words", () => {
  const made = singerSchemaOf({
    table: "orders",
    key: ["id"],
    fields: [
      { name: "id", type: "int64" },
      { name: "total", type: "decimal", precision: 19, scale: 4 },
      { name: "at", type: "timestamptz" },
      { name: "tags", type: "list", element: { type: "string" } },
      { name: "extra", type: "json" },
      { name: "blob", type: "bytes" },
    ],
  }, true);
  assert.deepEqual(made.numbers, ["id", "total"]);
  assert.deepEqual(made.schema, {
    type: "object",
    properties: {
      id: { type: "integer" },
      total: { type: ["null", "number"] },
      at: { type: ["null", "string"], format: "date-time" },
      tags: {
        type: ["null", "array"],
        items: { type: ["null", "string"] },
      },
      extra: {
        type: [
          "null",
          "object",
          "array",
          "string",
          "number",
          "integer",
          "boolean",
        ],
      },
      blob: { type: ["null", "string"] },
      _sdc_deleted_at: { type: ["null", "string"], format: "date-time" },
    },
  });
});

Deno.test("singer schema: a tap's own comes back as it was", () => {
  const json_schema = {
    type: "object",
    properties: { id: { type: "integer", custom: true } },
  };
  const made = singerSchemaOf({
    table: "orders",
    fields: [{ name: "id", type: "int64" }],
    json_schema: { ...json_schema, "x-singer-bookmark-properties": ["id"] },
  }, false);
  assert.deepEqual(made.schema, json_schema);
  assert.deepEqual(made.bookmarks, ["id"]);
  assert.deepEqual(made.numbers, []);
});

Deno.test("singer schema: texts of numbers become numbers with all their digits", () => {
  const text = '{"id":"12345678901234567890","x":"1.10","y":"NaN","z":"1.10"}';
  assert.equal(
    withNumbers(text, ["id", "x", "y", "none"]),
    '{"id":12345678901234567890,"x":1.10,"y":null,"z":"1.10"}',
  );
});

const FITS: Readonly<Record<string, readonly [object, unknown, boolean]>> = {
  "a wrong type": [
    { properties: { a: { type: "integer" } } },
    { a: "x" },
    false,
  ],
  "null where it may be": [
    { properties: { a: { type: ["null", "integer"] } } },
    { a: null },
    true,
  ],
  "draft 4: exclusiveMinimum = true": [
    { properties: { a: { minimum: 0, exclusiveMinimum: true } } },
    { a: 0 },
    false,
  ],
  "draft 4: exclusiveMaximum = false": [
    { properties: { a: { maximum: 0, exclusiveMaximum: false } } },
    { a: 0 },
    true,
  ],
  "multipleOf is left to the target": [
    { properties: { a: { multipleOf: 0.01 } } },
    { a: 12.35 },
    true,
  ],
  "a format is left to the target": [
    { properties: { a: { type: "string", format: "date-time" } } },
    { a: "2026-01-01 00:00" },
    true,
  ],
  "ids of other drafts don't matter": [
    {
      $schema: "http://json-schema.org/draft-04/schema#",
      id: "x",
      type: "object",
    },
    {},
    true,
  ],
  "what is required": [{ required: ["a"] }, {}, false],
  "nothing but what is said": [
    { additionalProperties: false },
    { a: 1 },
    false,
  ],
  "a definition": [
    {
      definitions: { n: { type: "integer" } },
      properties: { a: { $ref: "#/definitions/n" } },
    },
    { a: "x" },
    false,
  ],
  "a schema that is none lets all pass": [
    { properties: { a: { $ref: "#/nowhere" } } },
    { a: 1 },
    true,
  ],
};

Deno.test("singer schema: S23: what fits", async (t) => {
  const { log } = new TestContext();
  const validators = new Validators(log);
  for (const [name, [schema, record, expected]] of Object.entries(FITS)) {
    await t.step(name, async () => {
      const check = await validators.compile("orders", schema as never);
      assert.equal(check(record as never) === undefined, expected);
    });
  }
});

Deno.test("singer schema: one of the records grows as they do", () => {
  const inferred = new InferredSchema();
  assert.equal(inferred.take({ id: 1, a: null }), true);
  assert.equal(inferred.take({ id: 2, a: null }), false);
  assert.equal(inferred.take({ id: 2.5, a: "x", b: [] }), true);
  assert.equal(inferred.take({ id: 3 }), false);
  assert.deepEqual(inferred.schema(["id"]), {
    type: "object",
    properties: {
      id: { type: ["number"] },
      a: { type: ["null", "string"] },
      b: { type: ["null", "array"] },
    },
  });
});
