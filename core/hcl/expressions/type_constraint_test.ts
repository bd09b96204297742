import { assert } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
  parseExpressionText,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { toJson } from "../value_json.ts";
import { ConversionError, convert } from "./convert.ts";
import { EvaluationError } from "./problem.ts";
import { Scope } from "./scope.ts";
import { readType } from "./type_constraint.ts";

const functions = await allFunctions();

function typeFrom(text: string) {
  const { expression, source } = parseExpressionText(text);
  return readType(expression, new Scope({ functions, source }));
}

Deno.test("a value is converted to the declared type, or refused", async (t) => {
  // [type, value, JSON or the message]
  const cases: [string, string, string][] = [
    ["string", '"a"', '"a"'],
    ["string", "5", '"5"'],
    ["number", '"5.50"', "5.50"],
    ["number", '"x"', 'a number is required, got "x"'],
    ["bool", '"true"', "true"],
    ["any", "[1, {}]", "[1,{}]"],
    ["list(string)", "[1, true]", '["1","true"]'],
    ["list(number)", '["1", "x"]', 'item 1: a number is required, got "x"'],
    ["list", "[1, 2]", "[1,2]"],
    ["set(string)", '["b", "a", "b"]', '["a","b"]'],
    ["map(number)", '{ a = "1" }', '{"a":1}'],
    ["map(number)", "[1]", "a map of numbers is required, got a list"],
    ["tuple([string, number])", '[1, "2"]', '["1",2]'],
    ["tuple([string])", "[]", "a list of 1 elements is required, got 0"],
    ["object({ a = string })", "{ a = 1, b = 2 }", '{"a":"1"}'],
    ["object({ a = string })", "{}", 'the attribute "a" is required'],
    ["object({ a = optional(string) })", "{}", '{"a":null}'],
    ["object({ a = optional(number, 5) })", "{}", '{"a":5}'],
    ["object({ a = optional(number, 5) })", "{ a = null }", '{"a":5}'],
    ["object({ a = optional(number, 5) })", "{ a = 6 }", '{"a":6}'],
    [
      "list(object({ name = string, tags = optional(list(string), []) }))",
      '[{ name = "x" }]',
      '[{"name":"x","tags":[]}]',
    ],
    ["map(list(bool))", '{ a = ["true"] }', '{"a":[true]}'],
    [
      "map(list(bool))",
      '{ a = ["maybe"] }',
      'key "a": item 0: true or false is required, got "maybe"',
    ],
    ["(string)", "1", '"1"'],
    ["string", "null", "null"],
  ];
  for (const [type, text, expected] of cases) {
    await t.step(`${type} ← ${text}`, () => {
      const value = evaluateText(text, [], functions);
      try {
        assert.equal(toJson(convert(value, typeFrom(type))), expected);
      } catch (error) {
        if (!(error instanceof ConversionError)) throw error;
        assert.equal(error.message, expected);
      }
    });
  }
});

Deno.test("what is no type says what types there are", async (t) => {
  const cases: [string, string, string?][] = [
    ["strng", 'there is no type "strng"', 'did you mean "string"?'],
    ['"string"', "this is no type", "without quotes"],
    ["list(strng)", 'there is no type "strng"'],
    ["list(string, string)", "list(…) takes the type of its elements"],
    ["object(string)", "object(…) takes its attributes"],
    ["tuple(string)", "tuple(…) takes a list of types"],
    ["optional(string)", "optional(…) only stands inside object"],
    ["object({ a = optional() })", "optional(…) takes a type"],
    [
      'object({ a = optional(number, "x") })',
      'the default has another type: a number is required, got "x"',
    ],
    ["5", "this is no type"],
  ];
  for (const [text, message, hint] of cases) {
    await t.step(text, () => {
      assert.throws(() => typeFrom(text), (error) => {
        assert.ok(error instanceof EvaluationError);
        assert.equal(error.code, "config.type_invalid");
        assert.ok(error.message.startsWith(message), error.message);
        assert.ok((error.hint ?? "").includes(hint ?? ""), error.hint);
        return true;
      });
    });
  }
});
