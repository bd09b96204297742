import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  boolean,
  configSchema,
  configTable,
  duration,
  integer,
  list,
  object,
  oneOf,
  secret,
  string,
} from "./mod.ts";

const fields = {
  maxCount: integer({ default: 0, min: 0, unit: "rows", doc: "Stop after" }),
  waitMs: duration({
    name: "wait",
    optional: true,
    example: "5s",
    doc: "Wait",
  }),
  format: oneOf(["a", "b"], { default: "a", doc: "One | other" }),
  isOn: boolean({ name: "on", default: true, doc: "On" }),
  password: secret({ doc: "Never shown", example: '${env("PASSWORD")}' }),
  servers: list(
    object({
      hostName: string({ doc: "A host", example: "a" }),
    }, { doc: "A server" }),
    { default: [], minItems: 1, doc: "Servers" },
  ),
};

Deno.test("the schema says all that the parser knows", () => {
  assertEquals(configSchema(fields), {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      max_count: {
        description: "Stop after",
        type: ["integer", "string", "null"],
        pattern: "^[+-]?[0-9]+$",
        minimum: 0,
        default: 0,
        examples: [0],
      },
      wait: {
        description: "Wait",
        type: ["string", "number", "null"],
        format: "go-duration",
        minimum: 0,
        examples: ["5s"],
      },
      format: {
        description: "One | other",
        enum: ["a", "b", null],
        default: "a",
        examples: ["a"],
      },
      on: {
        description: "On",
        enum: [true, false, "true", "false", null],
        default: true,
        examples: [true],
      },
      password: {
        description: "Never shown",
        type: "string",
        minLength: 1,
        writeOnly: true,
        examples: ['${env("PASSWORD")}'],
      },
      servers: {
        description: "Servers",
        anyOf: [
          { type: "array", minItems: 1, items: server("anyOf/0/items") },
          server("anyOf/1"),
          { type: "null" },
        ],
        default: [],
        examples: [[]],
      },
      maxCount: {
        $ref: "#/properties/max_count",
        "x-alias-of": "max_count",
      },
    },
    additionalProperties: false,
    allOf: [
      {
        oneOf: [
          { required: ["max_count"] },
          { required: ["maxCount"] },
          {
            not: {
              anyOf: [{ required: ["max_count"] }, { required: ["maxCount"] }],
            },
          },
        ],
      },
      { oneOf: [{ required: ["password"] }] },
    ],
  });
});

function server(at: string) {
  return {
    type: "object",
    properties: {
      host_name: {
        description: "A host",
        type: "string",
        minLength: 1,
        examples: ["a"],
      },
      hostName: {
        $ref: `#/properties/servers/${at}/properties/host_name`,
        "x-alias-of": "host_name",
      },
    },
    additionalProperties: false,
    allOf: [
      { oneOf: [{ required: ["host_name"] }, { required: ["hostName"] }] },
    ],
  };
}

Deno.test("every $ref of a schema leads to a property", () => {
  const schema = configSchema(fields);
  const refs = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  assert.equal(refs.length, 3);
  for (const [, pointer] of refs) {
    let at: unknown = schema;
    for (const step of pointer.split("/")) {
      at = (at as Record<string, unknown>)[step];
    }
    assert.ok((at as { description?: string })?.description, pointer);
  }
});

Deno.test("the table has a row for every key, nested ones too", () => {
  assertEquals(
    configTable(fields),
    [
      "| Key | Type | Default | Meaning |",
      "| - | - | - | - |",
      "| `max_count`, `maxCount` | integer (rows) | `0` | Stop after |",
      "| `wait` | duration |  | Wait |",
      '| `format` | "a" or "b" | `"a"` | One \\| other |',
      "| `on` | boolean | `true` | On |",
      "| `password` | string (secret) | required | Never shown |",
      "| `servers` | list of object | `[]` | Servers |",
      "| `servers.host_name`, `hostName` | string | required | A host |",
      "",
    ].join("\n"),
  );
});
