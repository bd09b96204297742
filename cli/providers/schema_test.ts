import type { JsonObject } from "../../core/protocol/envelope.ts";
import { assertEquals } from "../../tests/support/assert.ts";
import { schemaKeys } from "./schema.ts";

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
    follow: { enum: [true, false, "true", "false"] },
    pause: { type: ["string", "number"], format: "go-duration" },
    room: { anyOf: [{ type: ["string", "number"], format: "byte-size" }] },
    limit: { type: ["integer", "string", "null"] },
    anything: {},
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
    ["follow", "true|false", false, false],
    ["pause", "duration", false, false],
    ["room", "size", false, false],
    ["limit", "integer", false, false],
    ["anything", "any", false, false],
    ["tables", "list of string", false, false],
    ["login", "block", false, false],
    ["login.key", "string", false, true],
    ["keys", "list of any", false, false],
    ["keys.secret", "string", false, true],
    ["headers", "block", false, false],
  ]);
  assertEquals(schemaKeys(schema)[1].default, 5);
});
