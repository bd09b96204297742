import fc from "fast-check";
import { assertEquals } from "../../../tests/support/assert.ts";
import type { JsonObject } from "../../protocol/envelope.ts";
import { jsonSchemaOf, schemaOfJsonSchema } from "./mod.ts";
import { anyFields } from "./test_support.ts";

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value));

Deno.test("fields that went through a JSON Schema are the fields they were", () => {
  fc.assert(fc.property(anyFields, (fields) => {
    const schema = asJson(jsonSchemaOf({ table: "a", fields }));
    const back = schemaOfJsonSchema("a", schema);
    assertEquals(asJson(back.fields), asJson(fields));
  }));
});

Deno.test("a JSON Schema comes back as it was", () => {
  const original = { type: "object", properties: {}, not: { required: ["x"] } };
  const schema = schemaOfJsonSchema("a", original, ["id"]);
  assertEquals(schema.key, ["id"]);
  assertEquals(jsonSchemaOf(schema), original as never);
});

Deno.test("what Singer taps say of a column", async (t) => {
  const cases: readonly (readonly [string, JsonObject, object])[] = [
    ["text or null", { type: ["null", "string"] }, {
      type: "string",
      nullable: true,
    }],
    ["a time", { type: "string", format: "date-time" }, {
      type: "timestamptz",
    }],
    ["an integer", { type: ["integer"] }, { type: "int64" }],
    ["an integer of 32 bits", {
      type: "integer",
      minimum: -2147483648,
      maximum: 2147483647,
    }, { type: "int32" }],
    ["a count", { type: "integer", minimum: 0 }, { type: "uint64" }],
    ["money", { type: "number", multipleOf: 0.01 }, {
      type: "decimal",
      scale: 2,
    }],
    ["a decimal as text", {
      type: ["null", "string"],
      format: "singer.decimal",
      precision: 19,
    }, { type: "decimal", precision: 19, nullable: true }],
    ["a float", { type: "number" }, { type: "float64" }],
    ["an object of unknown shape", { type: "object" }, { type: "json" }],
    ["a list", { type: "array", items: { type: "boolean" } }, {
      type: "list",
      element: { type: "boolean" },
    }],
    ["anything", {}, { type: "any" }],
    ["several types", { type: ["string", "integer"] }, { type: "any" }],
    ["a choice of one type and null", {
      anyOf: [{ type: "string", format: "date" }, { type: "null" }],
    }, { type: "date", nullable: true }],
    ["a choice of more", { anyOf: [{ type: "string" }, { type: "integer" }] }, {
      type: "any",
    }],
    ["words to choose from", { enum: ["a", "b", null] }, {
      type: "string",
      nullable: true,
    }],
    ["a reference", { $ref: "#/definitions/a~1b" }, { type: "uuid" }],
    ["a reference to nothing", { $ref: "#/definitions/none" }, { type: "any" }],
    ["a reference to itself", { $ref: "#/definitions/loop" }, { type: "any" }],
    ["a reference to elsewhere", { $ref: "https://example.com/x" }, {
      type: "any",
    }],
  ];
  const definitions = {
    "a/b": { type: "string", format: "uuid" },
    loop: { $ref: "#/definitions/loop" },
  };
  for (const [what, column, expected] of cases) {
    await t.step(what, () => {
      const { fields } = schemaOfJsonSchema("a", {
        type: "object",
        properties: { column },
        definitions,
      });
      assertEquals(fields, [{ name: "column", ...expected }] as never);
    });
  }
});

Deno.test("a schema that holds itself ends", () => {
  const { fields } = schemaOfJsonSchema("a", {
    properties: { left: { $ref: "#" }, right: { $ref: "#" } },
  });
  assertEquals(fields[0].type, "struct");
});
