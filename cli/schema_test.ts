import type { Json, JsonObject } from "../core/protocol/envelope.ts";
import { assertEquals } from "../tests/support/assert.ts";
import { hideSecrets, schemaKeys, secretValues } from "./schema.ts";

const schema: JsonObject = {
  type: "object",
  properties: {
    url: { type: "string", description: "Where" },
    max_count: {
      type: ["integer", "null"],
      default: 5,
      description: "How many",
    },
    maxCount: { $ref: "#/properties/max_count", "x-alias-of": "max_count" },
    mode: { enum: ["a", "b", null] },
    tables: {
      anyOf: [{ type: "array", items: { type: "string" } }, { type: "null" }],
    },
    login: {
      type: "object",
      properties: { key: { type: "string", writeOnly: true } },
    },
    apiKey: { $ref: "#/properties/login/properties/key", "x-alias-of": "x" },
    keys: {
      type: "array",
      items: { properties: { secret: { type: "string", writeOnly: true } } },
    },
    headers: {
      type: "object",
      additionalProperties: { type: "string", writeOnly: true },
    },
  },
  allOf: [
    { oneOf: [{ required: ["url"] }] },
    {
      oneOf: [
        { required: ["max_count"] },
        { required: ["maxCount"] },
        { not: {} },
      ],
    },
  ],
};

Deno.test("schemaKeys() lists documented keys with type, default and need", () => {
  const rows = schemaKeys(schema).map((key) => [
    key.path,
    key.type,
    key.isRequired,
    key.isSecret,
  ]);
  assertEquals(rows, [
    ["url", "string", true, false],
    ["max_count", "integer", false, false],
    ["mode", "a|b", false, false],
    ["tables", "list of string", false, false],
    ["login", "block", false, false],
    ["login.key", "string", false, true],
    ["keys", "list of any", false, false],
    ["keys.secret", "string", false, true],
    ["headers", "block", false, false],
  ]);
  assertEquals(schemaKeys(schema)[1].default, 5);
});

Deno.test("hideSecrets() finds them wherever they are", () => {
  const value: Json = {
    url: "u",
    login: { key: "hunter2", user: "me" },
    apiKey: "hunter2",
    keys: [{ secret: "hunter2" }, { secret: null }, "odd"],
    headers: { a: "hunter2", b: { c: "hunter2" } },
    unknown: [1, { a: "b" }],
  };
  assertEquals(hideSecrets(value, schema, "*"), {
    url: "u",
    login: { key: "*", user: "me" },
    apiKey: "*",
    keys: [{ secret: "*" }, { secret: null }, "odd"],
    headers: { a: "*", b: "*" },
    unknown: [1, { a: "b" }],
  });
});

Deno.test("secretValues() finds the same", () => {
  assertEquals(
    secretValues({
      url: "u",
      login: { key: "one" },
      keys: [{ secret: "two" }, { secret: null }],
      headers: { a: "three", b: { c: "four" } },
    }, schema),
    ["one", "two", "three", "four"],
  );
});
