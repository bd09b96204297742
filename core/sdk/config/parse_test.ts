import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  boolean,
  type Config,
  duration,
  type Fields,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  parseConfig,
  secret,
  size,
  string,
} from "./mod.ts";
import type { Json, JsonObject } from "../../protocol/envelope.ts";

const fields = {
  path: string({ doc: "A path" }),
  maxCount: integer({ default: 0, min: 0, max: 100, doc: "Stop after" }),
  ratio: number({ default: 0.5, doc: "A ratio" }),
  pauseMs: duration({
    name: "pause",
    aliases: ["pause_ms"],
    default: "1m30s",
    doc: "A pause",
  }),
  limitBytes: size({ name: "limit", default: "64KiB", doc: "A limit" }),
  isLoud: boolean({ name: "loud", default: false, doc: "Loud" }),
  format: oneOf(["simple", "json"], { default: "simple", doc: "A format" }),
  tables: list(string({ doc: "A table" }), { default: [], doc: "Tables" }),
  labels: map(integer({ doc: "A label" }), { optional: true, doc: "Labels" }),
  tls: object({
    caFile: string({ optional: true, doc: "A file" }),
    password: secret({ doc: "A password" }),
  }, { optional: true, doc: "TLS" }),
  servers: list(
    object({ host: string({ doc: "A host" }) }, { doc: "A server" }),
    { optional: true, maxItems: 2, doc: "Servers" },
  ),
};

function valuesOf(config: Record<string, Json>) {
  const { values, problems } = parseConfig(fields, { path: "x", ...config });
  assertEquals(problems, []);
  assert.ok(values);
  return values;
}

Deno.test("defaults are read like what a user writes", () => {
  assertEquals(valuesOf({}), {
    path: "x",
    maxCount: 0,
    ratio: 0.5,
    pauseMs: 90_000,
    limitBytes: 65_536,
    isLoud: false,
    format: "simple",
    tables: [],
    labels: undefined,
    tls: undefined,
    servers: undefined,
  });
});

Deno.test("the type of the values follows from the fields", () => {
  const values: Config<typeof fields> = valuesOf({});
  const format: "simple" | "json" = values.format;
  const count: number = values.maxCount;
  const file: string | undefined = values.tls?.caFile;
  // @ts-expect-error: labels are optional.
  const labels: Readonly<Record<string, number>> = values.labels;
  assertEquals([format, count, file, labels], [
    "simple",
    0,
    undefined,
    undefined,
  ]);
});

Deno.test("a value is taken in every way people write it", async (t) => {
  const cases = [
    ["maxCount in camelCase", { maxCount: 5 }, "maxCount", 5],
    ["max_count in snake_case", { max_count: 5 }, "maxCount", 5],
    ["a number as text", { max_count: "7" }, "maxCount", 7],
    ["a ratio as text", { ratio: "0.1" }, "ratio", 0.1],
    ["an alias", { pause_ms: 250 }, "pauseMs", 250],
    ["an alias in camelCase", { pauseMs: 250 }, "pauseMs", 250],
    ["milliseconds", { pause: 250 }, "pauseMs", 250],
    ["milliseconds as text", { pause: "250" }, "pauseMs", 250],
    ["a duration", { pause: "1.5s" }, "pauseMs", 1500],
    ["a size", { limit: "10MB" }, "limitBytes", 10_000_000],
    ["bytes", { limit: 12 }, "limitBytes", 12],
    ["true", { loud: true }, "isLoud", true],
    ["true as text", { loud: "true" }, "isLoud", true],
    ["null is not given", { max_count: null }, "maxCount", 0],
    ["a list", { tables: ["a", "b"] }, "tables", ["a", "b"]],
    ["a map", { labels: { a: 1, b: "2" } }, "labels", { a: 1, b: 2 }],
    ["one block", { servers: { host: "a" } }, "servers", [{ host: "a" }]],
    ["two blocks", { servers: [{ host: "a" }, { host: "b" }] }, "servers", [
      { host: "a" },
      { host: "b" },
    ]],
    ["a nested block", { tls: { password: "p", caFile: "f" } }, "tls", {
      caFile: "f",
      password: "p",
    }],
  ] as const;
  for (const [name, config, property, expected] of cases) {
    await t.step(name, () => {
      const values = valuesOf(config) as Record<string, unknown>;
      assertEquals(values[property], expected);
    });
  }
});

Deno.test("a problem names the key as written, and quotes the value", async (t) => {
  const cases = [
    ["missing", { path: null }, "config.path", "path is required"],
    ["no string", { path: 5 }, "config.path", "path must be a string, got 5"],
    ["empty", { path: "" }, "config.path", "path must not be empty"],
    [
      "below",
      { maxCount: -1 },
      "config.maxCount",
      "maxCount must be at least 0, got -1",
    ],
    [
      "above",
      { max_count: 101 },
      "config.max_count",
      "max_count must be at most 100, got 101",
    ],
    [
      "not whole",
      { max_count: 1.5 },
      "config.max_count",
      "max_count must be a whole number, got 1.5",
    ],
    [
      "beyond 2^53",
      { max_count: "12345678901234567890" },
      "config.max_count",
      'max_count must be a whole number, got "12345678901234567890"',
    ],
    [
      "no duration",
      { pause: "soon" },
      "config.pause",
      'pause must be a duration such as "1m30s" or a number of milliseconds, got "soon"',
    ],
    [
      "a negative duration",
      { pause: -5 },
      "config.pause",
      "pause must be at least 0s, got -5",
    ],
    [
      "no size",
      { limit: "big" },
      "config.limit",
      'limit must be a size such as "64MiB" or a number of bytes, got "big"',
    ],
    [
      "no boolean",
      { loud: "yes" },
      "config.loud",
      'loud must be true or false, got "yes"',
    ],
    [
      "no such word",
      { format: "jsn" },
      "config.format",
      'format must be one of "simple", "json", got "jsn"',
    ],
    [
      "no list",
      { tables: "a" },
      "config.tables",
      'tables must be a list, got "a"',
    ],
    [
      "an item",
      { tables: ["a", 2] },
      "config.tables[1]",
      "tables[1] must be a string, got 2",
    ],
    [
      "an entry",
      { labels: { "a b": "x" } },
      'config.labels["a b"]',
      'labels["a b"] must be a whole number, got "x"',
    ],
    [
      "in a block",
      { tls: { caFile: 1, password: "p" } },
      "config.tls.caFile",
      "tls.caFile must be a string, got 1",
    ],
    [
      "in one of several blocks",
      { servers: [{ host: "a" }, {}] },
      "config.servers[1].host",
      "servers[1].host is required",
    ],
    [
      "too many",
      { servers: [{ host: "a" }, { host: "b" }, { host: "c" }] },
      "config.servers",
      "servers must have at most 2 of them, got 3",
    ],
    ["unknown", { zebra: 1 }, "config.zebra", "zebra is not known"],
    [
      "twice",
      { max_count: 1, maxCount: 2 },
      "config.maxCount",
      'maxCount is "max_count" once more',
    ],
  ] as const;
  for (const [name, config, path, message] of cases) {
    await t.step(name, () => {
      const { problems } = parseConfig(fields, { path: "x", ...config });
      const found = problems.map(({ path, message }) => ({ path, message }));
      assertEquals(found, [{ path, message }]);
    });
  }
});

Deno.test("all problems are found at once, with hints", () => {
  const { values, problems } = parseConfig(fields, {
    maxCont: 5,
    format: "jsn",
    tls: { passwort: "geheim" },
  });
  assertEquals(values, undefined);
  assertEquals(problems.map(({ path }) => path), [
    "config.maxCont",
    "config.path",
    "config.format",
    "config.tls.passwort",
    "config.tls.password",
  ]);
  assert.match(
    problems[0].hint ?? "",
    /^did you mean "maxCount"\? known keys: path, max_count, /,
  );
  assertEquals(problems[2].hint, 'did you mean "json"?');
  assert.match(problems[3].hint ?? "", /^did you mean "password"\?/);
});

Deno.test("a secret is in no message", async (t) => {
  const secrets: Fields = {
    token: secret({ minLength: 3, doc: "A token" }),
    tokens: list(secret({ doc: "A token" }), { optional: true, doc: "Tokens" }),
    more: object({ key: secret({ doc: "A key" }) }, {
      optional: true,
      doc: "More",
    }),
    blocks: list(object({ key: secret({ doc: "A key" }) }, { doc: "One" }), {
      optional: true,
      doc: "Blocks",
    }),
  };
  const wrong: readonly JsonObject[] = [
    { token: ["hunter2"] },
    { token: 42_424_242 },
    { token: "ok!", tokens: "hunter2" },
    { token: "ok!", tokens: [{ a: "hunter2" }] },
    { token: "ok!", more: "hunter2" },
    { token: "ok!", more: { key: { a: "hunter2" } } },
    { token: "ok!", blocks: "hunter2" },
    { token: "ok!", tokn: "hunter2" },
  ];
  for (const config of wrong) {
    await t.step(JSON.stringify(config), () => {
      const { problems } = parseConfig(secrets, config);
      assert.ok(problems.length > 0);
      assert.doesNotMatch(JSON.stringify(problems), /hunter2|42424242/);
    });
  }
});
