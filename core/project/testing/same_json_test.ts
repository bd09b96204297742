import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { asFarAs, sameJson } from "./same_json.ts";

Deno.test("values are compared by what they mean", async (t) => {
  const cases: readonly [string, string, boolean, boolean?][] = [
    ['{"a":1,"b":2}', '{"b":2,"a":1}', true],
    ['{"a":1}', '{"a":1,"b":2}', false],
    ['{"a":1}', '{"a":1,"b":2}', true, true],
    ['{"a":{"b":1}}', '{"a":{"b":1,"c":2}}', true, true],
    ['{"a":{"b":1}}', '{"a":{"b":1,"c":2}}', false],
    ["[1,2]", "[1,2,3]", false, true],
    ["[1,2]", "[2,1]", false],
    ["1", "1.0", true],
    ["1200", "1.2e3", true],
    ["-0.50", "-5e-1", true],
    ["0", "-0", true],
    ["12345678901234567890", "12345678901234567891", false],
    ["0.1000000000000000055", "0.1", false],
    ["null", "{}", false],
    ["{}", "null", false],
    ["[]", "{}", false],
    ['"1"', "1", false],
  ];
  for (const [expected, actual, isSame, isPart] of cases) {
    await t.step(`${expected} ${isSame ? "is" : "isn't"} ${actual}`, () => {
      assertEquals(sameJson(expected, actual, isPart), isSame);
    });
  }
});

Deno.test("what is no JSON is thrown at whoever asks", () => {
  assert.throws(() => sameJson("{", "{}"), SyntaxError);
});

Deno.test("only what is expected is shown of what came", () => {
  const cases: readonly [string, string, string][] = [
    ['{"a":{"b":1}}', '{"a":{"b":2,"c":3},"d":4}', '{"a":{"b":2}}'],
    ['{"a":1}', '{"a":12345678901234567890}', '{"a":12345678901234567890}'],
    ['{"a":{"b":1}}', '{"a":7}', '{"a":7}'],
    ['{"a":1}', '{"b":1}', "{}"],
  ];
  for (const [expected, actual, shown] of cases) {
    assertEquals(asFarAs(expected, actual), shown);
  }
});
