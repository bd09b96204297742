import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
  readVariables,
  testWorld,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { EvaluationError, type Problem } from "./problem.ts";

const SCOPE = new URL(
  "../../../tests/hcl/expressions/scope.hcl",
  import.meta.url,
);

/** What is wrong with a text; fails when nothing is. */
async function problemsOf(text: string): Promise<readonly Problem[]> {
  const functions = await allFunctions(
    testWorld({ envNames: () => ["DATABASE_URL"] }),
  );
  try {
    evaluateText(text, readVariables(SCOPE, functions), functions);
  } catch (error) {
    if (error instanceof EvaluationError) return error.problems;
    throw error;
  }
  throw new assert.AssertionError({ message: `${text} is fine` });
}

/** The characters the caret would underline. */
function underlined({ at }: Problem): string {
  if (at === undefined) throw new Error("no place");
  return [...at.text].slice(at.column - 1, at.column - 1 + at.width).join("");
}

Deno.test("a problem says what is wrong, exactly where, and what to do", async (t) => {
  // [expression, code, message, underlined, hint]
  const cases: [string, string, string, string, string?][] = [
    [
      "counter",
      "reference_unknown",
      'there is nothing called "counter" here',
      "counter",
      'for the text itself put it in quotes: "counter"',
    ],
    [
      "vra.name",
      "reference_unknown",
      'there is nothing called "vra" here',
      "vra",
      'did you mean "var"? for the text itself put it in quotes: "vra"',
    ],
    [
      "var.nmae",
      "attribute_unknown",
      'there is no attribute "nmae"',
      "nmae",
      'did you mean "name"? it has name, count, enabled, nothing, tags',
    ],
    [
      "env.HOME",
      "reference_unknown",
      'there is nothing called "env" here',
      "env",
      'an environment variable is read with env("HOME")',
    ],
    [
      'env("DATABSE_URL")',
      "env_missing",
      'env(): the environment variable "DATABSE_URL" is not set',
      '"DATABSE_URL"',
      'did you mean "DATABASE_URL"? set it, or give a default: ' +
      'env("DATABSE_URL", "…")',
    ],
    [
      'uper("a")',
      "function_unknown",
      'there is no function "uper"',
      "uper",
      'did you mean "upper"?',
    ],
    [
      "upper()",
      "function_arguments",
      'upper() needs "str"',
      "upper()",
      "it is called as upper(str)",
    ],
    [
      'upper("a", "b")',
      "function_arguments",
      "upper() takes 1 argument, got 2",
      '"b"',
      "it is called as upper(str)",
    ],
    [
      'env("A", "b", "c")',
      "function_arguments",
      "env() takes 2 arguments, got 3",
      '"c"',
      "it is called as env(name, [default])",
    ],
    [
      "can()",
      "function_arguments",
      "can() takes 1 argument, each written out",
      "can()",
    ],
    [
      "upper([])",
      "function_argument",
      'upper(): "str": a string is required, got a list',
      "[]",
    ],
    [
      "upper(null)",
      "function_argument",
      'upper(): "str" must not be null',
      "null",
    ],
    [
      'max("a"...)',
      "function_arguments",
      'only a list can be expanded with "...", got a string',
      '"a"',
    ],
    ["1 + 6 / 0", "division_by_zero", "cannot divide by zero", "0"],
    [
      '1 + "abc"',
      "operand_invalid",
      '"+" needs numbers, got "abc"',
      '"abc"',
    ],
    ["[] < 2", "operand_invalid", '"<" needs numbers, got a list', "[]"],
    ["!5", "operand_invalid", '"!" needs true or false, got 5', "5"],
    ["null + 1", "value_null", 'cannot use null with "+"', "null"],
    ["true && null", "value_null", 'cannot use null with "&&"', "null"],
    [
      "99 * 1e9999",
      "number_too_large",
      "the result is too large (at most 10000 digits as an integer, 1.8e308 otherwise)",
      "99 * 1e9999",
    ],
    [
      "5 ? 1 : 2",
      "condition_invalid",
      "the condition must be true or false, got 5",
      "5",
    ],
    [
      "true ? { a = 1 } : { a = [1] }",
      "types_inconsistent",
      "both results of a conditional must have the same type: " +
      'in "a" one is a number, the other a list',
      "true ? { a = 1 } : { a = [1] }",
    ],
    [
      '"x${null}"',
      "value_null",
      "cannot put null into a string",
      "null",
      "give it another value with coalesce(…)",
    ],
    [
      '"x${local.tables}"',
      "template_value",
      "cannot put a list into a string",
      "local.tables",
      'for JSON text use jsonencode(…), for a list join(", ", …)',
    ],
    [
      "local.tables[7]",
      "index_out_of_range",
      "index 7 is out of range: the list has 2 elements",
      "7",
      "indexes go from 0 to 1",
    ],
    [
      "local.tables[1.5]",
      "index_invalid",
      "the index of a list must be a whole number, got 1.5",
      "1.5",
    ],
    [
      "local.set[0]",
      "index_invalid",
      "the elements of a set have no index",
      "0",
      "turn it into a list first: tolist(…)",
    ],
    [
      "local.people.name",
      "attribute_unknown",
      'a list has no attribute "name"',
      "name",
      "for one element: [0].name; for all of them: [*].name",
    ],
    ["var.nothing.x", "value_null", 'cannot read "x" of null', "x"],
    [
      "[for x in 5 : x]",
      "not_iterable",
      '"for" needs a list or an object, got a number',
      "5",
    ],
    [
      "{ for x in [1, 1] : x => x }",
      "key_duplicate",
      "two elements have the key 1",
      "x",
      "write ... after the value to collect all values of one key in a list",
    ],
    [
      "{ ([]) = 1 }",
      "key_invalid",
      "a key must be a string, got a list",
      "([])",
    ],
    [
      'file("nope.txt")',
      "file_unreadable",
      'file(): there is no file "nope.txt"',
      '"nope.txt"',
      "paths are relative to the configuration's folder",
    ],
    [
      'format("%d", "x")',
      "function_failed",
      'format(): "%d": a number is required, got "x"',
      '"x"',
    ],
    [
      "slice([1], 0, 5)",
      "function_failed",
      "slice(): the end must be between 0 and 1, got 5",
      "5",
    ],
    [
      'regex("(?=a)", "a")',
      "function_failed",
      "regex(): the pattern is not valid: invalid or unsupported Perl syntax: `(?=`",
      '"(?=a)"',
      "patterns are RE2's: there is no lookahead, lookbehind or back reference",
    ],
    [
      'jsondecode("[1,\\n 2")',
      "function_failed",
      "jsondecode(): not valid JSON: it ends too early (line 2, column 3)",
      '"[1,\\n 2"',
    ],
    [
      'yamldecode("a: [")',
      "function_failed",
      "yamldecode(): not valid YAML: bad indent (line 1)",
      '"a: ["',
    ],
  ];
  for (const [text, code, message, place, hint] of cases) {
    await t.step(text, async () => {
      const [problem, ...others] = await problemsOf(text);
      assertEquals(
        {
          code: problem.code,
          message: problem.message,
          place: underlined(problem),
          hint: problem.hint,
        },
        { code: `config.${code}`, message, place, hint },
      );
      assertEquals(others, []);
    });
  }
});

Deno.test("independent parts report their problems together", async (t) => {
  const cases: [string, string[]][] = [
    ["[foo, 1, bar(2)]", ["foo", "bar"]],
    ["{ a = foo, b = bar }", ["foo", "bar"]],
    ["{ (foo) = bar }", ["foo", "bar"]],
    ["foo + bar", ["foo", "bar"]],
    ["foo == bar", ["foo", "bar"]],
    ["false || foo || bar", ["foo", "bar"]],
    ['upper(foo, "x${bar}")', ["foo", "bar"]],
    ['"${foo}-${bar}"', ["foo", "bar"]],
    ["foo[bar]", ["foo", "bar"]],
    ['1 + "a" + "b"', ['"a"']],
    ['substr([], "a", "b")', ["[]", '"a"', '"b"']],
    ["try(foo, bar)", ["foo", "bar"]],
    // One mistake in the body of a loop is one mistake.
    ["[for x in [1, 2] : foo]", ["foo"]],
    ["foo[0].bar + upper(1, 2)", ["foo", "2"]],
  ];
  for (const [text, places] of cases) {
    await t.step(text, async () => {
      assertEquals((await problemsOf(text)).map(underlined), places);
    });
  }
});

Deno.test("what would fill the stack or the memory is refused", async (t) => {
  const cases: [string, string, string][] = [
    [
      "a chain of attributes",
      `{ a = 1 }${".a".repeat(900)}`,
      "expression_too_deep",
    ],
    ["a power", "pow(10, 100000)", "number_too_large"],
    ["a wide format", 'format("%99999d", 1)', "function_failed"],
    [
      "a text of texts",
      `"${
        '${replace(format("%9999s", ""), " ", format("%2000s", ""))}'.repeat(5)
      }"`,
      "value_too_large",
    ],
    ["many values", "range(1, 100000)", "function_failed"],
    ["a deep JSON", `jsondecode("${"[".repeat(600)}")`, "function_failed"],
    [
      "YAML that multiplies",
      `yamldecode("a: &a [x,x,x,x,x,x,x,x,x,x]\\n${
        [..."bcdefg"].map((name, i) =>
          `${name}: &${name} [${Array(10).fill(`*${"abcdefg"[i]}`).join()}]\\n`
        ).join("")
      }")`,
      "function_failed",
    ],
  ];
  for (const [name, text, code] of cases) {
    await t.step(name, async () => {
      const [problem] = await problemsOf(text);
      assert.equal(problem.code, `config.${code}`, problem.message);
    });
  }
});
