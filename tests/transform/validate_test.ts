import { assert, assertEquals } from "../support/assert.ts";
import { checkTransforms } from "../../core/transform/mod.ts";
import { filter, map, outcomeOf, transformer, validate } from "./steps.ts";

const ORDER = {
  type: "object",
  required: ["id"],
  properties: {
    id: { type: "integer" },
    mail: { type: "string", format: "email" },
    "a/b": { enum: ["x"] },
  },
  additionalProperties: false,
};

Deno.test("validate holds data against the schema", async (t) => {
  const cases: readonly [string, string, string?][] = [
    ["fits", '{"data":{"id":1,"mail":"a@b.de"}}'],
    ["a large integer", '{"data":{"id":12345678901234567890}}'],
    [
      "a missing field",
      '{"data":{}}',
      "data must have required property 'id'",
    ],
    [
      "a field too many",
      '{"data":{"id":1,"c":2}}',
      'data must NOT have additional properties ("c")',
    ],
    ["a wrong type", '{"data":{"id":"x"}}', "data.id must be integer"],
    [
      "a wrong format",
      '{"data":{"id":1,"mail":"nobody"}}',
      'data.mail must match format "email"',
    ],
    [
      "an odd name",
      '{"data":{"id":1,"a/b":1}}',
      'data["a/b"] must be equal to one of the allowed values',
    ],
  ];
  for (const [name, line, reason] of cases) {
    await t.step(name, async () => {
      const expected = reason === undefined ? line : `schema: ${reason}`;
      assertEquals(await outcomeOf([validate(ORDER)], line), expected);
    });
  }
});

Deno.test("on_invalid decides what becomes of the rest", async () => {
  const line = '{"data":{}}';
  assertEquals(await outcomeOf([validate(ORDER, "drop")], line), "dropped");
  assertEquals(
    await outcomeOf([validate(ORDER, "fail")], line),
    "fails: an envelope does not fit the schema: " +
      "data must have required property 'id'",
  );
});

Deno.test("a step sees what those before it have made", async () => {
  const steps = [
    map({ set: { "data.id": "int(data.id)" } }),
    filter("data.id > 1"),
    validate(ORDER),
  ];
  assertEquals(
    await outcomeOf(steps, '{"data":{"id":"2"}}'),
    '{"data":{"id":2}}',
  );
  assertEquals(await outcomeOf(steps, '{"data":{"id":"1"}}'), "dropped");
});

Deno.test("every draft in use is known", async (t) => {
  const drafts = [
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
  ];
  for (const $schema of drafts) {
    await t.step($schema, async () => {
      const steps = [validate({ $schema, ...ORDER })];
      assertEquals(await checkTransforms(steps), []);
      const reason = "data must have required property 'id'";
      assertEquals(await outcomeOf(steps, '{"data":{}}'), `schema: ${reason}`);
    });
  }
});

Deno.test("what is wrong with a schema is told", async (t) => {
  const cases: readonly [string, unknown, string][] = [
    ["no JSON", "{", "error: the schema is not JSON"],
    ["no schema", "3", "error: schema must be object or boolean"],
    [
      "a wrong keyword",
      { type: "integr" },
      "error: schema is invalid: /type must be equal to one of the allowed " +
      "values, /type must be array, /type must match a schema in anyOf",
    ],
    [
      "a misspelt keyword",
      { propertes: {} },
      'warning: strict mode: unknown keyword: "propertes"',
    ],
    [
      "a reference to elsewhere",
      { $ref: "other.json" },
      "error: can't resolve reference other.json from id #",
    ],
    [
      "an unknown draft",
      { $schema: "http://json-schema.org/draft-04/schema#" },
      'error: no schema with key or ref "http://json-schema.org/draft-04/schema#"',
    ],
  ];
  for (const [name, schema, expected] of cases) {
    await t.step(name, async () => {
      const [problem] = await checkTransforms([validate(schema)]);
      assertEquals(`${problem.severity}: ${problem.message}`, expected);
      assert.equal(problem.code, "config.schema_invalid");
    });
  }
});

Deno.test("a warning does not keep a schema from being used", async () => {
  const made = await transformer([validate({ propertes: {} })]);
  assert.ok(made);
});
