import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { parseLine, valueText } from "./json_text.ts";

const encoder = new TextEncoder();

Deno.test("valueText() cuts out what JSON.parse would find", () => {
  const space = fc.constantFrom("", " ", "\t ", "\r");
  const member = fc.tuple(
    fc.oneof(fc.constantFrom("data", "metadata", "x"), fc.string()),
    fc.json(),
  );
  fc.assert(
    fc.property(fc.array(member), space, (members, gap) => {
      const parts = members.map(([key, json]) =>
        `${gap}${JSON.stringify(key)}${gap}:${gap}${json}${gap}`
      );
      const text = `${gap}{${parts.join(",")}${parts.length ? "" : gap}}`;
      const parsed = JSON.parse(text);
      for (const key of ["data", "metadata"]) {
        const cut = valueText(text, key);
        const last = members.findLast(([name]) => name === key)?.[1];
        assert.equal(cut, last?.trim());
        if (cut !== undefined) assertEquals(JSON.parse(cut), parsed[key]);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("valueText() keeps digits, order and escapes", async (t) => {
  const cases = [
    ["a big number", '{"data":12345678901234567890}', "12345678901234567890"],
    ["a float", '{"data":1.50}', "1.50"],
    ["order and space", '{"data":{"b": 1,"a":2 } }', '{"b": 1,"a":2 }'],
    ["escaped quotes", '{"data":"a\\\\","x":1}', '"a\\\\"'],
    ["brackets in text", '{"data":["}]{",{"]":1}],"y":0}', '["}]{",{"]":1}]'],
    ["the key inside", '{"metadata":{"data":1},"data":2}', "2"],
    ["a capital", '{"Data":1}', "1"],
    ["none", '{"metadata":{}}', undefined],
    ["an empty object", "{}", undefined],
  ] as const;
  for (const [name, text, expected] of cases) {
    await t.step(name, () => assertEquals(valueText(text, "data"), expected));
  }
});

Deno.test("parseLine() says why a line is no envelope, not what it holds", async (t) => {
  const cases = [
    ["not JSON", "secret", "it is not JSON"],
    ["cut", '{"data":"secr', "it is not JSON"],
    ["a list", '["secret"]', "it is not a JSON object"],
    ["null", "null", "it is not a JSON object"],
    ["no data", '{"secret":1}', "it has no `data`"],
    [
      "what its input says of it",
      '{"metadata":{"problem":"offset 7 is no JSON"}}',
      "offset 7 is no JSON",
    ],
    [
      "odd metadata",
      '{"data":1,"metadata":[]}',
      "its `metadata` is not an object",
    ],
  ] as const;
  for (const [name, text, problem] of cases) {
    await t.step(name, () => {
      assertEquals(parseLine(encoder.encode(text)), { problem });
    });
  }
  await t.step("not UTF-8", () => {
    const bytes = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d);
    assertEquals(parseLine(bytes), { problem: "it is not UTF-8" });
  });
});

Deno.test("parseLine() takes envelopes as old providers write them", async (t) => {
  const cases = [
    ["both", '{"data":1,"metadata":{"a":2}}', { data: 1, metadata: { a: 2 } }],
    ["no metadata", '{"data":null}', { data: null, metadata: {} }],
    ["null metadata", '{"data":1,"metadata":null}', { data: 1, metadata: {} }],
    ["capitals", '{"Data":1,"Metadata":{"a":2}}', {
      data: 1,
      metadata: { a: 2 },
    }],
    ["more keys", '{"data":1,"source":"x"}', { data: 1, metadata: {} }],
  ] as const;
  for (const [name, text, expected] of cases) {
    await t.step(name, () => {
      assertEquals(parseLine(encoder.encode(text)).envelope, { ...expected });
    });
  }
});
