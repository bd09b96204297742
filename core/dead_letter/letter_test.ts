import fc from "fast-check";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { formatDeadLetter } from "../pipeline/settle/dead_letter_line.ts";
import { parseDeadLetter } from "./letter.ts";

const WHY = {
  reason: 'too "old"',
  code: "age",
  task: "orders",
  output: "archive",
  runId: "01RUN",
  atMs: 0,
};

function throughLetter(line: string): string {
  const dead = formatDeadLetter(new TextEncoder().encode(line), WHY);
  const letter = parseDeadLetter(dead.subarray(0, -1));
  assert.ok(letter, line);
  return new TextDecoder().decode(letter.original());
}

Deno.test("a dead letter tells who refused it, why and when", () => {
  const line = new TextEncoder().encode('{"data":1,"metadata":{}}');
  const letter = parseDeadLetter(formatDeadLetter(line, WHY));
  const { original: _, ...said } = letter!;
  assertEquals(said, {
    reason: 'too "old"',
    code: "age",
    task: "orders",
    output: "archive",
    runId: "01RUN",
    at: "1970-01-01T00:00:00.000Z",
  });
});

Deno.test("the original comes back byte for byte", async (t) => {
  const same: [string, string][] = [
    ["metadata", '{"data":{"n":12345678901234567890},"metadata":{"a":1}}'],
    ["digits", '{"data":1.10e5,"metadata":{"a":1.0 }}'],
    ["spaces", '{ "metadata" : { } , "data" : [ 1 ] }'],
    ["keys inside strings", '{"data":"\\"metadata\\":{","metadata":{"x":"}"}}'],
    ["a dead letter's letter", '{"data":1,"metadata":{"dead_letter":{"a":1}}}'],
    ["a key that is escaped", '{"data":1,"metadata":{"\\u0064":"e"}}'],
    ["no envelope", "neither this"],
    ["nothing at all", ""],
    ["another shape", '{"data":1,"metadata":3}'],
  ];
  for (const [name, line] of same) {
    await t.step(name, () => assert.equal(throughLetter(line), line));
  }
  await t.step("what had no metadata has an empty one", () => {
    assert.equal(throughLetter('{"data":1}'), '{"data":1,"metadata":{}}');
  });
});

Deno.test("a letter that somebody has formatted anew is still read", async (t) => {
  const said = { reason: "r", code: "c", output: "o", at: "" };
  const cases: [string, string, string][] = [
    [
      "first of several",
      `{ "metadata": { "dead_letter": ${JSON.stringify(said)}, "b": 2 } }`,
      '{ "metadata": { "b": 2 } }',
    ],
    [
      "in between",
      `{"metadata":{"a":1, "dead_letter":${JSON.stringify(said)} ,"b":2}}`,
      '{"metadata":{"a":1 ,"b":2}}',
    ],
  ];
  for (const [name, line, expected] of cases) {
    await t.step(name, () => {
      const letter = parseDeadLetter(new TextEncoder().encode(line))!;
      const text = new TextDecoder().decode(letter.original());
      assertEquals(JSON.parse(text), JSON.parse(expected));
    });
  }
});

Deno.test("what is no dead letter is not taken for one", async (t) => {
  const lines = [
    "",
    "not JSON",
    "[]",
    '{"data":1}',
    '{"data":1,"metadata":{}}',
    '{"data":1,"metadata":{"dead_letter":1}}',
    '{"data":1,"metadata":{"dead_letter":{}}}',
    '{"data":null,"metadata":{"dead_letter":{"reason":"","raw":"*"}}}',
  ];
  for (const line of lines) {
    await t.step(line || "an empty line", () => {
      const bytes = new TextEncoder().encode(line);
      assert.equal(parseDeadLetter(bytes), undefined);
    });
  }
});

Deno.test("any envelope comes back", () => {
  const metadata = fc.dictionary(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.jsonValue(), metadata, fc.boolean(), (data, meta, wide) => {
      const line = wide
        ? JSON.stringify({ metadata: meta, data }, null, 1).replaceAll(
          "\n",
          " ",
        )
        : JSON.stringify({ data, metadata: meta });
      assert.equal(throughLetter(line), line);
    }),
    { numRuns: 300 },
  );
});

Deno.test("any bytes come back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const dead = formatDeadLetter(bytes, WHY);
      const letter = parseDeadLetter(dead.subarray(0, -1))!;
      assertEquals([...letter.original()], [...bytes]);
    }),
  );
});
