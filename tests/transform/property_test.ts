import fc from "fast-check";
import type { TransformStep } from "../../core/config/task.ts";
import { type Json, parseExactJson } from "../../core/protocol/mod.ts";
import type { ChunkOutcome, Transformer } from "../../core/transform/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { envelopeText } from "./json_texts.ts";
import {
  describe,
  filter,
  map,
  type MapParts,
  toBytes,
  toText,
  transformer,
  validate,
} from "./steps.ts";

const RUNS = { numRuns: 150 };
const SIZE = { size: "max", depthSize: "small" } as const;

const TASKS: Readonly<Record<string, readonly TransformStep[]>> = {
  "nothing": [],
  "a filter": [filter("data.a > 1 || has(metadata.a)")],
  "a map": [
    map({
      set: { "data.z": "data.?a", "metadata.b": "1" },
      remove: ["data.c"],
    }),
  ],
  "everything": [
    filter("!has(data.b) || data.b != null"),
    map({
      rename: { "data.a": "metadata.a" },
      set: { "data.n": "size(data)" },
    }),
    validate({ maxProperties: 3 }, "drop"),
    validate({ not: { required: ["c"] } }),
  ],
  "one that fails": [validate({ type: "object" }, "fail")],
};

/** A line of bytes with its line feed: envelopes, and what is none. */
const lineBytes = fc.oneof(
  { weight: 8, arbitrary: envelopeText.map((text) => toBytes(`${text}\n`)) },
  fc.constantFrom("", "{", "[]", '{"data":1}x').map((t) => toBytes(`${t}\n`)),
  fc.constantFrom(0x80, 0xff, 0xc3).map((byte) =>
    new Uint8Array([...toBytes('{"data":"'), byte, ...toBytes('"}\n')])
  ),
);

/** The outcome of each line of a chunk, as the line form would tell it. */
function outcomesOf(chunk: ChunkOutcome): string[] {
  const passed = toText(chunk.bytes).match(/[^\n]*\n/g) ?? [];
  const rejects = new Map(chunk.rejects.map((one) => [one.index, one]));
  const outcomes: string[] = [];
  for (const [i, count] of chunk.runs.entries()) {
    for (let n = 0; n < count; n++) {
      const reject = rejects.get(outcomes.length);
      outcomes.push(
        i % 2 === 0
          ? passed.shift()!
          : reject === undefined
          ? "dropped"
          : `${reject.code}: ${reject.reason}`,
      );
    }
  }
  assertEquals(passed, []);
  assertEquals(outcomes.length, chunk.linesIn);
  if (chunk.failure !== undefined) {
    assertEquals(chunk.failure.index, chunk.linesIn);
    outcomes.push(`fails: ${chunk.failure.error.message}`);
  }
  return outcomes;
}

function concat(lines: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(lines.flatMap((line) => [...line]));
}

for (const [name, steps] of Object.entries(TASKS)) {
  Deno.test(`${name}: a chunk becomes what its lines become, in order`, async () => {
    const made = await transformer(steps);
    const lines = fc.array(lineBytes, { ...SIZE, maxLength: 30 });
    fc.assert(
      fc.property(lines, (lines) => checkChunk(made, lines)),
      RUNS,
    );
  });
}

function checkChunk(made: Transformer, lines: readonly Uint8Array[]): void {
  const bytes = concat(lines);
  const before = bytes.slice();
  const chunk = made.applyChunk(bytes);
  const one = lines.map((line) => describe(made.apply(line)));
  const failed = one.findIndex((outcome) => outcome.startsWith("fails:"));
  assertEquals(outcomesOf(chunk), failed < 0 ? one : one.slice(0, failed + 1));
  for (const { index, line } of chunk.rejects) {
    assertEquals(toText(line) + "\n", toText(lines[index]));
  }
  assertEquals(
    chunk.linesOut,
    chunk.runs.reduce(
      (sum, count, i) => sum + (i % 2 === 0 ? count : 0),
      0,
    ),
  );
  assertEquals(bytes, before, "the input was changed");
}

Deno.test("what only filters see passes byte for byte, without a copy", async () => {
  const made = await transformer([filter("type(data) == type(data)")]);
  const lines = fc.array(envelopeText, {
    ...SIZE,
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(lines, (lines) => {
      const bytes = toBytes(lines.map((line) => `${line}\n`).join(""));
      assert.equal(made.applyChunk(bytes).bytes, bytes);
      const line = toBytes(lines[0]);
      const outcome = made.apply(line);
      assert.ok(outcome.kind === "pass" && outcome.line === line);
    }),
    RUNS,
  );
});

const EXPRESSIONS = [
  "data.a",
  "data.a == metadata.a",
  "has(data.a.b) ? data.a.b : metadata",
  "data['a.b']",
  "data.?a.?b.orValue(data.?c.orValue(0))",
  "size(data) > 2 && 'a' in data",
  "data.a.map(x, [x, data.b])",
  "data.exists(k, data[k] == metadata.a)",
  "data.constructor",
  "{'x': data.a.constructor, 'y': [metadata['1'], data['1']]}",
  "cel.bind(data, metadata, data.a)",
  "data.a[0].b",
  "type(data.a) == type(metadata.b) || data.a != metadata.b",
];

Deno.test("what is made ready for an expression is all that it reads", async () => {
  const pairs = await Promise.all(EXPRESSIONS.map(async (expression) => {
    const whole = `cel.bind(all, [data, metadata], ${expression})`;
    const make = (text: string) =>
      transformer([map({ set: { "data.result": text, "metadata.z": "1" } })]);
    // A lone path is copied; in brackets of a list it is worked out.
    return [await make(`[${expression}]`), await make(`[${whole}]`)] as const;
  }));
  fc.assert(
    fc.property(envelopeText, fc.constantFrom(...pairs), (line, [one, two]) => {
      const bytes = toBytes(line);
      assertEquals(describe(one.apply(bytes)), describe(two.apply(bytes)));
    }),
    { numRuns: 2000 },
  );
});

const PATHS = [
  ["data", "a"],
  ["data", "b"],
  ["data", "a", "b"],
  ["data", "c", "a"],
  ["data", "a.b"],
  ["data", "1"],
  ["metadata", "a"],
  ["metadata", "constructor"],
];

const path = fc.constantFrom(
  ...PATHS.map((names) =>
    names.map((name, i) => i === 0 ? name : `["${name}"]`).join("")
  ),
);

const mapParts: fc.Arbitrary<MapParts> = fc.record({
  set: fc.dictionary(path, fc.constantFrom("1", "'x'", "{'k': [1]}"), {
    maxKeys: 3,
  }),
  remove: fc.array(path, { maxLength: 3 }),
  rename: fc.dictionary(path, path, { maxKeys: 2 }),
});

Deno.test("a map does to the text what it would do to the values", async () => {
  await fc.assert(
    fc.asyncProperty(mapParts, envelopeText, async (parts, line) => {
      let made: Transformer;
      try {
        made = await transformer([map(parts)]);
      } catch {
        return fc.pre(false); // They contradict each other.
      }
      const outcome = made.apply(toBytes(line));
      const expected = mapped(parts, line);
      if (outcome.kind !== "pass") {
        assertEquals(expected, undefined);
        return;
      }
      const actual = parseExactJson(toText(outcome.line));
      assertEquals(sorted(actual), sorted(expected as Json));
    }),
    { numRuns: 1500 },
  );
});

type Fields = { [name: string]: unknown };

/** The same on parsed values; nothing where it can't be done. */
function mapped(parts: MapParts, line: string): Json | undefined {
  const original = parseExactJson(line) as Fields;
  const value = parseExactJson(line) as Fields;
  const names = (path: string) =>
    path.split(/\["|"\]/).filter((name) => name !== "");
  const { remove = [], rename = {}, set = {} } = parts;
  for (const path of [...remove, ...Object.keys(rename)]) {
    removeAt(value, names(path));
  }
  const results: [string, unknown][] = [
    ...Object.entries(rename)
      .map((
        [from, to],
      ): [string, unknown] => [to, valueAt(original, names(from))])
      .filter(([, moved]) => moved !== undefined),
    ...Object.entries(set)
      .map(([path, text]): [string, unknown] => [
        path,
        JSON.parse(text.replaceAll("'", '"')),
      ]),
  ];
  for (const [path, result] of results) {
    if (!setAt(value, names(path), result)) return undefined;
  }
  return value as Json;
}

function valueAt(value: unknown, names: readonly string[]): unknown {
  let at: unknown = value;
  for (const name of names) {
    if (!isObject(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

function removeAt(value: unknown, names: readonly string[]): void {
  const parent = valueAt(value, names.slice(0, -1));
  if (isObject(parent)) delete parent[names.at(-1)!];
}

function setAt(
  value: Fields,
  [first, ...rest]: readonly string[],
  result: unknown,
): boolean {
  if (rest.length === 0) {
    value[first] = result;
    return true;
  }
  if (!Object.hasOwn(value, first)) value[first] = {};
  const next = value[first];
  return isObject(next) && setAt(next, rest, result);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null &&
    !Array.isArray(value) && !("rawJSON" in value && Object.isFrozen(value));
}

/** With keys in order, numbers as their digits. */
function sorted(value: unknown): string {
  return JSON.stringify(
    value,
    (_, each) =>
      isObject(each)
        ? Object.fromEntries(
          Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : each,
  );
}
