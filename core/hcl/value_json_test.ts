import fc from "fast-check";
import { assert } from "../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
} from "../../tests/hcl/expressions/evaluate_text.ts";
import {
  listValue,
  markSensitive,
  numberValue,
  objectValue,
  stringValue,
} from "./value.ts";
import { toJson, toRedactedJson } from "./value_json.ts";

const functions = await allFunctions();

Deno.test("numbers that are only passed on keep every digit", async (t) => {
  const cases = [
    "0",
    "0.10",
    "1.0",
    "1e3",
    "1e+3",
    "9007199254740993",
    "123456789012345678901234567890.123456789012345678901234567890",
    "0.000000000000000000000000000000000000001",
    "1e999",
  ];
  for (const digits of cases) {
    await t.step(digits, () => {
      for (
        const text of [
          digits,
          `(${digits})`,
          `"\${${digits}}"`,
          `true ? ${digits} : 0`,
          `[${digits}][0]`,
          `{ a = ${digits} }.a`,
          `max(${digits}, -1)`,
          `coalesce(null, ${digits})`,
          `try(${digits})`,
          `tonumber("${digits}")`,
          `jsondecode("${digits}")`,
          `[for x in [${digits}] : x][0]`,
          `merge({}, { a = ${digits} }).a`,
        ]
      ) {
        assert.equal(toJson(evaluateText(text, [], functions)), digits, text);
      }
    });
  }
});

Deno.test("keys stay in the order declared, and the text on one line", () => {
  const text =
    '{ z = 1, a = { y = "l1\\nl2", b = null }, "2" = [true], "1" = 1 }';
  const value = evaluateText(text, [], functions);
  assert.equal(
    toJson(value),
    '{"z":1,"a":{"y":"l1\\nl2","b":null},"2":[true],"1":1}',
  );
});

Deno.test("redacting hides whole values, and only sensitive ones", () => {
  const value = objectValue([
    ["plain", stringValue("p")],
    ["text", markSensitive(stringValue("s"))],
    ["list", markSensitive(listValue([numberValue(1)]))],
    ["inside", listValue([markSensitive(numberValue(2)), numberValue(3)])],
  ]);
  assert.equal(
    toRedactedJson(value),
    '{"plain":"p","text":"(sensitive)","list":"(sensitive)","inside":["(sensitive)",3]}',
  );
  assert.equal(
    toJson(value),
    '{"plain":"p","text":"s","list":[1],"inside":[2,3]}',
  );
});

Deno.test("jsondecode undoes jsonencode, and JSON.parse reads both", () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });
  fc.assert(fc.property(json, (plain) => {
    const text = JSON.stringify(plain);
    const variables = [["t", stringValue(text)]] as const;
    const value = evaluateText("jsondecode(t)", variables, functions);
    assert.deepEqual(JSON.parse(toJson(value)), JSON.parse(text));
    const again = evaluateText(
      "jsondecode(jsonencode(jsondecode(t)))",
      variables,
      functions,
    );
    const same = evaluateText(
      "a == b",
      [["a", value], ["b", again]],
      functions,
    );
    assert.equal(toJson(same), "true");
  }));
});

Deno.test("a value that is shared too often is refused, not written", () => {
  let value = listValue([stringValue("x".repeat(1000))]);
  for (let i = 0; i < 30; i++) value = listValue([value, value]);
  assert.throws(() => toJson(value), { code: "config.value_too_large" });
});
