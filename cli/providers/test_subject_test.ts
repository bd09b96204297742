import { assertEquals } from "../../tests/support/assert.ts";
import type { Json } from "../../core/protocol/envelope.ts";
import { secretsIn } from "./test_subject.ts";

const secret = { type: "string", writeOnly: true };

Deno.test("what a schema calls secret is known wherever it stands", async (t) => {
  const cases: [string, Json, Json | undefined, string[]][] = [
    ["a key", { a: "x", b: "y" }, { properties: { a: secret } }, ["x"]],
    ["a list", { a: ["x", "y"] }, {
      properties: { a: { items: secret } },
    }, ["x", "y"]],
    ["a key in a list of objects", { a: [{ b: "x", c: "y" }] }, {
      properties: { a: { items: { properties: { b: secret } } } },
    }, ["x"]],
    ["a map", { headers: { Authorization: "x" } }, {
      properties: { headers: { additionalProperties: secret } },
    }, ["x"]],
    ["an alternative", { a: { b: "x" } }, {
      properties: { a: { anyOf: [{}, { properties: { b: secret } }] } },
    }, ["x"]],
    ["a whole object", { a: { b: ["x"] } }, {
      properties: { a: { writeOnly: true } },
    }, ["x"]],
    ["no schema: everything", { a: "x", b: ["y"] }, undefined, ["x", "y"]],
  ];
  for (const [name, value, schema, expected] of cases) {
    await t.step(name, () => assertEquals(secretsIn(value, schema), expected));
  }
});
