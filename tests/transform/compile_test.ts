import type { TransformStep } from "../../core/config/task.ts";
import { DiagnosticsError } from "../../core/base/errors.ts";
import { checkTransforms } from "../../core/transform/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { filter, map, transformer } from "./steps.ts";

/** `marked: message (hint)` of everything that is wrong. */
async function problemsOf(step: TransformStep): Promise<string[]> {
  const problems = await checkTransforms([step]);
  return problems.map(({ at, message, hint }) => {
    const marked = at!.text.slice(at!.column - 1, at!.column - 1 + at!.width);
    return `${marked || "(end)"}: ${message}` + (hint ? ` (${hint})` : "");
  });
}

Deno.test("mistakes in an expression are marked and explained", async (t) => {
  const cases: readonly [string, string][] = [
    [
      "dta.amount > 1",
      'dta: there is no variable "dta" (did you mean "data"?)',
    ],
    [
      "amount > 1",
      'amount: there is no variable "amount" (fields are data.amount or metadata.amount)',
    ],
    [
      "data.op = 'i'",
      "=: unexpected character: = (== compares; nothing can be assigned)",
    ],
    [
      "data.op === 'i'",
      "=: unexpected character: = (== compares, there is no ===)",
    ],
    ["data.a & data.b", "&: unexpected character: & (write &&)"],
    ["data.a and data.b", 'and: "and" is not expected here (write &&)'],
    ["not data.a", 'data: "data" is not expected here (write !)'],
    [
      "data.name.startswith('a')",
      'startswith: there is no function dyn.startswith(string) (did you mean "startsWith"?)',
    ],
    [
      "siz(data.a) > data.b.size()",
      'siz: there is no function siz(dyn) (did you mean "size"?)',
    ],
    [
      "size(1) > 0",
      "size: there is no function size(int) (look at the kinds of its arguments)",
    ],
    [
      "data.op == 'i",
      "'i: unterminated string (close it with the quote it began with)",
    ],
    ["data.a >", "(end): the end of the expression is not expected here"],
    ["(data.a", '(end): expected ")", got the end of the expression'],
    ["'a' > 1", "'a' > 1: there is no operation string > int"],
    ["data.a + 1", ""],
    [
      "timestamp(true) == timestamp(1)",
      "timestamp: there is no function timestamp(bool) (look at the kinds of its arguments)",
    ],
    [
      "size(data.a)",
      "size(data.a): a filter's condition must be true or false, and this is int (compare it with something, such as == or >)",
    ],
    [
      "true ? 1 : 'x'",
      "true ? 1 : 'x': ternary branches must have the same type, got 'int' and 'string' (dyn(…) around one of them allows both)",
    ],
  ];
  for (const [where, expected] of cases) {
    await t.step(where, async () => {
      const found = await problemsOf(filter(where));
      assertEquals(found.join(), expected);
    });
  }
});

Deno.test("mistakes in a map are marked and explained", async (t) => {
  const cases: readonly [string, TransformStep, string[]][] = [
    ["all is well", map({ set: { "data.a": "1" }, remove: ["data.b"] }), []],
    [
      "an expression",
      map({ set: { "data.a": "daata.b" } }),
      [
        'daata: there is no variable "daata" (did you mean "data"?)',
      ],
    ],
    [
      "another root",
      map({ set: { "meta.a": "1" }, remove: ["total"] }),
      [
        'total: a path begins with data or metadata, not "total" (for example data.total)',
        'meta: a path begins with data or metadata, not "meta" (for example data.meta)',
      ],
    ],
    [
      "no path",
      map({ set: { "data.a b": "1", "data[0]": "2", "": "3" } }),
      [
        ' b: "data.a b" is no path to a field (for example data.customer.name or metadata["content-type"])',
        '[0]: "data[0]" is no path to a field (items of a list have no path; set the list with an expression)',
        '(end): "" is no path to a field (for example data.customer.name or metadata["content-type"])',
      ],
    ],
    [
      "a whole envelope",
      map({ remove: ["data"], rename: { metadata: "data.m" } }),
      [
        'data: "data" itself can\'t be removed or renamed (name a field, such as data.id)',
        'metadata: "metadata" itself can\'t be removed or renamed (name a field, such as metadata.id)',
      ],
    ],
    [
      "two values for one field",
      map({ set: { "data.a": "1", "data.a.b": "2" } }),
      [
        'data.a.b: "data.a.b" and "data.a" overlap (set one of them in a map of its own)',
      ],
    ],
    [
      "its own name",
      map({ rename: { "data.a": "data['a']" } }),
      ["data['a']: a field can't be renamed to its own name"],
    ],
    [
      "a name that is none",
      map({ set: { "data.__proto__.x": "1" } }),
      ['data.__proto__.x: "__proto__" can\'t be the name of a field'],
    ],
  ];
  for (const [name, step, expected] of cases) {
    await t.step(name, async () => {
      assertEquals(await problemsOf(step), expected);
    });
  }
});

Deno.test("all mistakes of all steps are told in one go", async () => {
  const steps = [filter("x"), filter("true"), map({ remove: ["y"] })];
  const error = await assertRejects(
    () => transformer(steps),
    "config.expression_type",
  );
  assert(error instanceof DiagnosticsError);
  assertEquals(error.diagnostics.length, 2);
});
