import { assertEquals } from "../support/assert.ts";
import { filter, outcomeOf } from "./steps.ts";

const LINE = '{"data":{"id":7,"amount":12.5,"name":"Ann","tags":["a",1],' +
  '"none":null,"big":12345678901234567890,"at":"2024-05-01T12:00:00Z",' +
  '"constructor":"c","address":{"zip":"10115"}},"metadata":{"op":"i"}}';

Deno.test("a filter passes what is true and takes out what is false", async (t) => {
  const cases: readonly [string, boolean][] = [
    ["data.id == 7", true],
    ["data.id > 7", false],
    ["data.id + 1 == 8", true],
    ["data.id * data.amount == 87.5", true],
    ["data.amount / 2 > 6.2", true],
    ["data.amount > 12 && metadata.op == 'i'", true],
    ["metadata.op in ['i', 'u']", true],
    ["'a' in data.tags", true],
    ["data.tags[1] == 1", true],
    ["data.tags.exists(tag, tag == 1)", true],
    ["size(data.tags) == 2", true],
    ["data.none == null", true],
    ["data.big == 12345678901234567890", true],
    ["data.big == 12345678901234567891", false],
    ["data.big > 9007199254740993", true],
    ["has(data.missing)", false],
    ["has(data.address.zip)", true],
    ["data.?missing.orValue(0) > 1", false],
    ["data.?id.orValue(0) > 1", true],
    ["'id' in data", true],
    ["'missing' in data", false],
    ["data.constructor == 'c'", true],
    ["data['constructor'] == 'c'", true],
    ["data.address == {'zip': '10115'}", true],
    ["data.address['z' + 'ip'] == '10115'", true],
    ["timestamp(data.at) < timestamp('2025-01-01T00:00:00Z')", true],
    [
      "timestamp('2024-05-01T14:00:00.000000123+02:00') == timestamp(data.at)",
      true,
    ],
    ["timestamp(0) < timestamp(data.at)", true],
    ["timestamp('2024-02-30T00:00:00Z') > timestamp(0) || true", true],
    ["[data.at].all(t, timestamp(t) == timestamp(data.at))", true],
    ["data.name.matches('^A.n$')", true],
    ["data.missing == 1 || data.id == 7", true],
    ["cel.bind(x, data.id, x > 6)", true],
    ["[1, 2].exists(data, data == 2)", true],
    ["data.exists(name, name == 'id')", true],
    ["type(data.id) == int && type(data.amount) == double", true],
    ["true", true],
  ];
  for (const [where, passes] of cases) {
    await t.step(where, async () => {
      const expected = passes ? LINE : "dropped";
      assertEquals(await outcomeOf([filter(where)], LINE), expected);
    });
  }
});

Deno.test("what can't be worked with is refused, with a reason", async (t) => {
  const cases: readonly [string, string, string][] = [
    ["a missing field", "data.missing > 1", "there is no data.missing"],
    ["a missing parent", "has(data.x.y)", "there is no data.x"],
    ["null", "data.none > 1", "there is no operation null > int"],
    ["a text as number", "data.name > 1", "there is no operation string > int"],
    ["not a yes or no", "data.id", "the condition is neither true nor false"],
    [
      "no such day",
      "timestamp('2024-02-30T00:00:00Z') > timestamp(0)",
      "timestamp() needs a time such as 2024-05-01T12:00:00Z",
    ],
    ["division by zero", "data.id / 0 == 1", "division by zero"],
    [
      "too large a number",
      "data.big + 1 > 0",
      "integer overflow: 12345678901234567891",
    ],
    [
      "no such method for it",
      "data.id.startsWith('a')",
      "there is no function int.startsWith(string)",
    ],
    [
      "an index beyond the end",
      "data.tags[2] == 1",
      "no such key: index out of bounds, index 2 >= size 2",
    ],
  ];
  for (const [name, where, reason] of cases) {
    await t.step(name, async () => {
      assertEquals(
        await outcomeOf([filter(where)], LINE),
        `transform: filter (dstream.hcl:3): ${reason}`,
      );
    });
  }
});

Deno.test("lines that are no envelopes are refused", async (t) => {
  const cases: readonly [string, string][] = [
    ['{"data":', "the line is not JSON"],
    ["{}", "the envelope has no data"],
    ["[1]", "the line is not a JSON object"],
    ["null", "the line is not a JSON object"],
    ["", "the line is not JSON"],
  ];
  for (const [line, reason] of cases) {
    await t.step(line || "(empty)", async () => {
      assertEquals(
        await outcomeOf([filter("true")], line),
        `transform: filter (dstream.hcl:3): ${reason}`,
      );
    });
  }
});

Deno.test("an envelope passes as it came, byte for byte", async (t) => {
  const lines = [
    '{ "metadata" : {} ,"data" : { "n" : 1.50, "e" : 1e400, "z":-0 } } ',
    '{"data":{"id":12345678901234567890123,"x":0.12345678901234567890}}\r',
    '{"data":"\\u00e9\\/","data":1}',
    '{"Data":{"n":1},"Metadata":{}}',
    '{"data":"é😀"}\n',
  ];
  for (const line of lines) {
    await t.step(line.trimEnd(), async () => {
      assertEquals(await outcomeOf([filter("data != 5")], line), line);
    });
  }
});

Deno.test("metadata may be missing", async () => {
  const line = '{"data":1}';
  assertEquals(await outcomeOf([filter("!has(metadata.op)")], line), line);
});
