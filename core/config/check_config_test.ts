import { assert, assertEquals } from "../../tests/support/assert.ts";
import { loadText } from "../../tests/support/load_text.ts";
import { checkConfig, hideWriteOnly, secretTexts } from "./check_config.ts";
import { integer, number, string } from "../sdk/mod.ts";
import type { JsonSchema } from "./config_schema.ts";
import type { ConfigTree } from "./task.ts";

async function config(body: string, env = {}): Promise<ConfigTree> {
  const text = `task "t" {
input {
provider = "x"
config {
${body}
}
}
output {
provider = "y"
}
}`;
  const { tasks } = await loadText(text, { env });
  return tasks.get("t")!.inputs[0].config;
}

const SCHEMA: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: {
    name: { type: "string", minLength: 1, pattern: "^[a-z]+$" },
    count: { type: "integer", minimum: 1, maximum: 10 },
    max_count: { type: ["integer", "null"] },
    maxCount: { $ref: "#/properties/max_count", "x-alias-of": "max_count" },
    // As the kit's specs have them.
    rows: integer({ doc: "Rows." }).schema("") as JsonSchema,
    rate: number({ doc: "Rate." }).schema("") as JsonSchema,
    code: string({
      doc: "A code.",
      pattern: { regexp: /^[A-Z]{2}$/, says: "must have two capital letters" },
    }).schema("") as JsonSchema,
    mode: { enum: ["fast", "slow"] },
    wait: { type: ["string", "number"], format: "go-duration", maximum: 1000 },
    limit: { type: ["string", "integer"], format: "byte-size" },
    tables: { type: "array", items: { type: "string" }, maxItems: 2 },
    auth: {
      type: "object",
      additionalProperties: false,
      required: ["user"],
      properties: {
        user: { type: "string" },
        password: { type: "string", writeOnly: true, pattern: "^x" },
      },
    },
    labels: { type: "object", additionalProperties: { type: "string" } },
    either: { anyOf: [{ type: "string" }, { type: "array" }] },
  },
};

Deno.test("checkConfig() reports each mistake at its place", async (t) => {
  const cases = [
    ["nothing wrong", 'name = "a"\ncount = 5\nmode = "fast"', []],
    ["a missing key", "count = 5", ['4:1+6 the config needs "name"']],
    ["null for a required key", "name = null", [
      '4:1+6 the config needs "name"',
    ]],
    ["null for another", 'name = "a"\ncount = null', []],
    ["an unknown key", 'name = "a"\ncuont = 1', [
      '6:1+5 there is no key "cuont" (did you mean "count"?',
    ]],
    ["a wrong type", "name = 1", ['5:8+1 "name" must be a string, got 1']],
    ["a number as text", 'name = "a"\ncount = "5"', [
      '6:9+3 "count" must be a whole number, got "5" (turn it into a number: tonumber(…)',
    ]],
    ["a fraction", 'name = "a"\ncount = 1.5', [
      '6:9+3 "count" must be a whole number, got 1.5',
    ]],
    ["a whole number written as none", 'name = "a"\ncount = 1e0', []],
    ["too small", 'name = "a"\ncount = 0', [
      '6:9+1 "count" must be at least 1, got 0',
    ]],
    ["too large", 'name = "a"\ncount = 11', [
      '6:9+2 "count" must be at most 10, got 11',
    ]],
    ["none of the choices", 'name = "a"\nmode = "fats"', [
      '6:8+6 "mode" must be one of "fast", "slow", got "fats" (did you mean "fast"?',
    ]],
    ["a pattern", 'name = "A"', ['5:8+3 "name" must match ^[a-z]+$, got "A"']],
    ["a pattern with the words of the provider", 'name = "a"\ncode = "x"', [
      '6:8+3 "code" must have two capital letters, got "x"',
    ]],
    ["no whole number", 'name = "a"\nrows = "three"', [
      '6:8+7 "rows" must be a whole number, got "three"',
    ]],
    ["no number", 'name = "a"\nrate = "fast"', [
      '6:8+6 "rate" must be a number, got "fast"',
    ]],
    ["a number of the right form", 'name = "a"\nrows = "3"\nrate = "1.5"', []],
    ["empty", 'name = ""', ['5:8+2 "name" must not be empty']],
    ["no duration", 'name = "a"\nwait = "5 apples"', [
      '6:8+10 "wait" must be a duration, got "5 apples" (write "1m30s", "500ms" or a number of milliseconds',
    ]],
    ["a duration too long", 'name = "a"\nwait = "5s"', [
      '6:8+4 "wait" must be at most 1000, got "5s"',
    ]],
    ["no size", 'name = "a"\nlimit = "5 apples"', [
      '6:9+10 "limit" must be a size, got "5 apples" (write "64MiB", "10MB" or a number of bytes',
    ]],
    ["an item of a list", 'name = "a"\ntables = ["a",\n 5]', [
      '7:2+1 "tables[1]" must be a string, got 5',
    ]],
    ["too many items", 'name = "a"\ntables = ["a", "b", "c"]', [
      '6:10+15 "tables" must have at most 2 of them, got 3',
    ]],
    ["a key of a block", 'name = "a"\nauth {\nuser = 5\n}', [
      '7:8+1 "auth.user" must be a string, got 5',
    ]],
    ["a key missing in a block", 'name = "a"\nauth {\n}', [
      '6:1+4 "auth" needs "user"',
    ]],
    [
      "an unknown key in a block",
      'name = "a"\nauth {\nuser = "u"\npass = 1\n}',
      [
        '8:1+4 there is no key "pass" in "auth" (it has user, password',
      ],
    ],
    ["a value of a map", 'name = "a"\nlabels = { a = [] }', [
      '6:16+2 "labels.a" must be a string, got a list',
    ]],
    ["none of several types", 'name = "a"\neither = 5', [
      '6:10+1 "either" must be a string or a list, got 5',
    ]],
    ["another spelling", 'name = "a"\nmaxCount = 5', []],
    ["both spellings", 'name = "a"\nmaxCount = 5\nmax_count = 5', [
      '7:1+9 "maxCount" and "max_count" are the same key (keep one of them',
    ]],
    ["several at once", "cuont = 1\nmode = 5", [
      '5:1+5 there is no key "cuont" (did you mean "count"?',
      '6:8+1 "mode" must be one of "fast", "slow", got 5',
      '4:1+6 the config needs "name"',
    ]],
  ] as const;
  for (const [name, body, expected] of cases) {
    await t.step(name, async () => {
      const found = checkConfig(await config(body), SCHEMA);
      const texts = found.map(({ at, message, hint }) => {
        const where = `${at?.line}:${at?.column}+${at?.width}`;
        return `${where} ${message}${hint === undefined ? "" : ` (${hint}`}`;
      });
      assertEquals(texts, [...expected]);
    });
  }
});

Deno.test("a required key with two spellings may have either", async () => {
  const schema = {
    properties: {
      a_b: {},
      aB: { $ref: "#/properties/a_b", "x-alias-of": "a_b" },
    },
    allOf: [{ oneOf: [{ required: ["a_b"] }, { required: ["aB"] }] }],
  };
  assertEquals(checkConfig(await config("aB = 1"), schema), []);
  const [missing] = checkConfig(await config(""), schema);
  assertEquals(missing.message, 'the config needs "a_b"');
});

Deno.test("nothing secret is in a message or an excerpt", async (t) => {
  const cases = [
    ["a writeOnly key", 'name = "a"\nauth { password = "hunter2" }', {}],
    [
      "a key beside it",
      'name = "a"\nauth = { user = 5, password = "hunter2" }',
      {},
    ],
    ["a value from the environment", 'name = env("PW")', { PW: "hunter2" }],
    ["a sensitive literal", 'name = sensitive("hunter2")', {}],
  ] as const;
  for (const [name, body, env] of cases) {
    await t.step(name, async () => {
      const tree = hideWriteOnly(await config(body, env), SCHEMA);
      const found = checkConfig(tree, SCHEMA);
      assert(found.length > 0);
      assert(!JSON.stringify(found).includes("hunter2"), JSON.stringify(found));
      assert(!tree.redactedJson().includes("hunter2"));
      assert(secretTexts(tree).includes("hunter2"));
    });
  }
});

Deno.test("of 5,000 mistakes in one list a thousand are told", async () => {
  const tree = await config(`list = [${"1,\n".repeat(5_000)}]`);
  const list = { type: "array", items: { type: "string" } };
  const found = checkConfig(tree, {
    type: "object",
    properties: { list: { anyOf: [{ type: "boolean" }, list] } },
  });
  assertEquals(found.length, 1_000);
});
