import { assert } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
  testWorld,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import {
  listValue,
  markSensitive,
  objectValue,
  sensitiveTexts,
  stringValue,
} from "../value.ts";
import { toRedactedJson } from "../value_json.ts";
import { EvaluationError } from "./problem.ts";

const SECRET = "hunter2-hunter2";
const ALL = '"(sensitive)"';
const functions = await allFunctions(
  testWorld({ env: (name) => name === "SECRET" ? SECRET : undefined }),
);
const secret = markSensitive(stringValue(SECRET));
const variables = [
  ["s", secret],
  ["list", listValue([stringValue("a"), secret])],
  ["hidden", markSensitive(listValue([stringValue("a"), stringValue("b")]))],
  ["map", objectValue([["a", stringValue("x")], ["s", secret]])],
  ["five", markSensitive(evaluateText("5", [], functions))],
  ["yes", markSensitive(evaluateText("true", [], functions))],
] as const;

/** Fails, whatever happens, when the secret shows. */
function redacted(text: string): string {
  const result = toRedactedJson(evaluateText(text, variables, functions));
  assert.ok(!result.includes(SECRET), result);
  return result;
}

Deno.test("whatever is made from a secret is one", async (t) => {
  const cases: [string, string][] = [
    ['env("SECRET")', ALL],
    ['env("OTHER", "default")', ALL],
    ['sensitive("x")', ALL],
    ["nonsensitive(five)", "5"],
    ["nonsensitive(hidden)", '["a","b"]'],
    ["issensitive(map)", "true"],
    ["s", ALL],
    ['"password=${s}"', ALL],
    ['"${s}"', ALL],
    ['"%{ if yes }a%{ endif }"', ALL],
    ['"%{ for x in hidden }.%{ endfor }"', ALL],
    ["five + 1", ALL],
    ["-five", ALL],
    ["five < 10", ALL],
    ["!yes", ALL],
    ["yes && true", ALL],
    ["true || yes", ALL],
    ['s == "x"', ALL],
    ["list == []", ALL],
    ['["a", s]', '["a","(sensitive)"]'],
    ["{ a = s, b = 1 }", '{"a":"(sensitive)","b":1}'],
    ["{ (s) = 1 }", ALL],
    ["list[0]", '"a"'],
    ["list[1]", ALL],
    ["hidden[0]", ALL],
    ['["a", "b", "c", "d", "e", "f"][five]', ALL],
    ["map.a", '"x"'],
    ["map.s", ALL],
    ["list[*]", '["a","(sensitive)"]'],
    ["hidden[*]", ALL],
    ["s[*]", ALL],
    ["yes ? 1 : 2", ALL],
    ['true ? s : "x"', ALL],
    ["[for x in list : x]", '["a","(sensitive)"]'],
    ["[for x in hidden : 1]", ALL],
    ["[for x in [1, 2] : x if yes]", ALL],
    ["{ for x in list : x => 1 }", ALL],
    ["{ for k, v in map : k => v }", '{"a":"x","s":"(sensitive)"}'],
    ["upper(s)", ALL],
    ["length(s)", ALL],
    ["length(list)", "2"],
    ["length(hidden)", ALL],
    ['merge(map, { b = "y" })', '{"a":"x","s":"(sensitive)","b":"y"}'],
    ["merge({ a = 1 }, sensitive({ b = 2 }))", ALL],
    ["keys(map)", '["a","s"]'],
    ["keys(sensitive(map))", ALL],
    ["values(map)", '["x","(sensitive)"]'],
    ["jsonencode(map)", ALL],
    ["jsonencode(list)", ALL],
    ["jsondecode(jsonencode({ a = s }))", ALL],
    ['join(",", list)', ALL],
    ['format("%s", s)', ALL],
    ["concat(list, [1])", '["a","(sensitive)",1]'],
    ["concat(hidden, [1])", ALL],
    ["flatten([list])", '["a","(sensitive)"]'],
    ["flatten([hidden, [1]])", ALL],
    ["reverse(list)", '["(sensitive)","a"]'],
    ["element(list, 1)", ALL],
    ["slice(list, 0, 1)", '["a"]'],
    ["slice([1, 2, 3, 4, 5, 6], 0, five)", ALL],
    ["contains(list, 1)", ALL],
    ["sort(list)", ALL],
    ["distinct(list)", ALL],
    ["toset(list)", ALL],
    ["tolist(list)", '["a","(sensitive)"]'],
    ["tomap(map)", '{"a":"x","s":"(sensitive)"}'],
    ["tostring(five)", ALL],
    ['zipmap(["a", "b"], list)', '{"a":"a","b":"(sensitive)"}'],
    ['zipmap(list, ["a", "b"])', ALL],
    ['lookup(map, "a", "")', '"x"'],
    ['lookup(map, "s", "")', ALL],
    ['lookup({}, s, "x")', ALL],
    ['coalesce(s, "x")', ALL],
    ['coalesce(sensitive(""), "x")', ALL],
    ["one([s])", ALL],
    ["try(s, 1)", ALL],
    ["can(s)", ALL],
    ["base64encode(s)", ALL],
    ["sha256(s)", ALL],
    ["max(five, 1)", ALL],
    ["sum([five, 1])", ALL],
    ['split("-", s)', ALL],
    ['replace("abc", "b", s)', ALL],
    ['regexall("x", s)', ALL],
    ["range(five)", ALL],
    ["max([five]...)", ALL],
    ['format("%s %s", hidden...)', ALL],
    ["1 + 1", "2"],
    ["upper(map.a)", '"X"'],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => assert.equal(redacted(text), expected));
  }
});

Deno.test("no problem quotes a secret", async (t) => {
  const cases = [
    "tonumber(s)",
    "s + 1",
    "!s",
    "s ? 1 : 2",
    "{}[s]",
    "[1][s]",
    "map[s]",
    "{ for x in [s, s] : x => 1 }",
    "lookup({}, s)",
    'regex(s, "abc")',
    'regex("x(", s)',
    "jsondecode(s)",
    'yamldecode("{\${s}")',
    "parseint(s, 10)",
    'formatdate("YYYY", s)',
    'timeadd(s, "1h")',
    'format("%d", s)',
    "format(s, 1)",
    "file(s)",
    "env(s)",
    "max(list...)",
    "tomap({ a = [s], b = s })",
    "sum(list)",
    "base64decode(s)",
    'indent(s, "")',
    "tobool(s)",
    "[for x in [1] : x if s]",
    'substr("abc", s, 1)',
    'map["no"]',
    "sensitive({ secretkey = s }).nokey",
  ];
  for (const text of cases) {
    await t.step(text, () => {
      try {
        evaluateText(text, variables, functions);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        for (const { message, hint } of error.problems) {
          assert.ok(!`${message} ${hint}`.includes(SECRET), message);
          assert.ok(!`${message} ${hint}`.includes("hunter2"), message);
          assert.ok(!`${message} ${hint}`.includes("secretkey"), `${hint}`);
        }
        return;
      }
      throw new assert.AssertionError({ message: "it is fine" });
    });
  }
});

Deno.test("the texts of secrets can be listed, to be scrubbed elsewhere", () => {
  const value = evaluateText(
    'merge(map, { n = five, h = hidden, plain = "p" })',
    variables,
    functions,
  );
  assert.deepEqual([...sensitiveTexts(value)], [SECRET, "5", "a", "b"]);
});

Deno.test("env() tells what it handed out", async () => {
  const noted: string[] = [];
  const world = testWorld({
    env: (name) => ({ A: "one", EMPTY: "" })[name],
    noteSecret: (text) => noted.push(text),
  });
  const table = await allFunctions(world);
  evaluateText('["x${env("A")}", env("EMPTY"), env("NO", "dflt")]', [], table);
  assert.deepEqual(noted, ["one"]);
});
