import {
  assert,
  assertEquals,
  assertFails,
} from "../../../tests/support/assert.ts";
import {
  allFunctions,
  parseExpressionText,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { SourceText } from "../source_text.ts";
import { stringValue, type Value } from "../value.ts";
import { toJson } from "../value_json.ts";
import { evaluate } from "./evaluate.ts";
import { EvaluationError } from "./problem.ts";
import { LazyObject, Scope } from "./scope.ts";

const functions = await allFunctions();
const PLACE = { span: { start: 0, end: 1 } };

/** Locals that may use each other, as a file declares them. */
function locals(texts: Record<string, string>): LazyObject {
  const entries = new Map<string, () => Value>();
  const local = new LazyObject({ name: "local", noun: "local value", entries });
  for (const [name, text] of Object.entries(texts)) {
    const { expression, source } = parseExpressionText(text);
    const scope = new Scope({
      variables: [["local", local]],
      functions,
      source,
    });
    entries.set(name, () => evaluate(expression, scope));
  }
  return local;
}

function jsonOf(local: LazyObject, name: string): string {
  return toJson(local.get(name, PLACE));
}

Deno.test("locals may stand in any order and use each other", () => {
  const local = locals({
    url: '"https://${local.host}:${local.port}/"',
    host: "lower(local.name)",
    port: "local.base + 1",
    name: '"EXAMPLE"',
    base: "8000",
    pick: 'local["ba${"se"}"]',
    names: "keys({ a = local.base })",
  });
  assert.equal(jsonOf(local, "url"), '"https://example:8001/"');
  assert.equal(jsonOf(local, "pick"), "8000");
  assert.equal(jsonOf(local, "names"), '["a"]');
});

Deno.test("a local is worked out once, and only when it is used", () => {
  let calls = 0;
  const local = new LazyObject({
    name: "local",
    noun: "local value",
    entries: new Map([
      ["a", () => stringValue(`call ${++calls}`)],
      ["b", () => {
        throw new Error("nobody asked");
      }],
    ]),
  });
  assert.equal(jsonOf(local, "a"), '"call 1"');
  assert.equal(jsonOf(local, "a"), '"call 1"');
});

Deno.test("a circle is named", async (t) => {
  const cases: [string, Record<string, string>, string][] = [
    ["itself", { a: "local.a" }, "local.a → local.a"],
    ["two", { a: "local.b", b: "local.a" }, "local.a → local.b → local.a"],
    [
      "three, entered from outside",
      { x: "local.a", a: "local.b", b: "upper(local.c)", c: '"${local.a}!"' },
      "local.a → local.b → local.c → local.a",
    ],
    ["through the whole object", { a: "keys(local)" }, "local.a → local.a"],
  ];
  for (const [name, texts, path] of cases) {
    await t.step(name, () => {
      const local = locals(texts);
      const [first] = Object.keys(texts);
      const error = assertFails(
        () => local.get(first, PLACE),
        "config.reference_cycle",
      );
      assert.ok(
        error.message.endsWith(`refers to itself: ${path}`),
        error.message,
      );
    });
  }
});

Deno.test("one mistake in a local is the same problem for all that use it", () => {
  const local = locals({ a: "1 + local.bad", b: "local.bad", bad: "nothing" });
  const problems = ["a", "b", "bad"].map((name) => {
    try {
      local.get(name, PLACE);
    } catch (error) {
      if (error instanceof EvaluationError) return error.problems[0];
    }
    return undefined;
  });
  assert.equal(problems[0]?.code, "config.reference_unknown");
  assert.equal(new Set(problems).size, 1);
});

Deno.test("an unknown local is named with the nearest there is", () => {
  const error = assertFails(
    () => locals({ tables: "[]" }).get("tabels", PLACE),
    "config.reference_unknown",
  );
  assert.equal(error.message, 'there is no local value "tabels"');
  assert.equal(error.hint, 'did you mean "tables"? local has tables');
});

Deno.test("a value keeps the place it was written at, in its own file", () => {
  const local = locals({ tables: '["a", "b"]' });
  const source = new SourceText("other.hcl", "x = local.tables");
  const { expression } = parseExpressionText("local.tables");
  const scope = new Scope({ variables: [["local", local]] }).in(source);
  const value = evaluate(expression, scope);
  assert.ok(value.kind === "list");
  const [, second] = value.items;
  assert.equal(second.source?.file, "test.hcl");
  const at = second.source?.locate(second.span!);
  assertEquals(
    at?.text.slice(at.column - 1, at.column - 1 + at.width),
    '"b"',
  );
});

Deno.test("inner names hide outer ones", () => {
  const outer = new Scope({ variables: [["x", stringValue("outer")]] });
  const inner = outer.with([["x", stringValue("inner")]]);
  assertEquals(inner.lookup("x"), stringValue("inner"));
  assertEquals(outer.lookup("x"), stringValue("outer"));
  assertEquals(inner.lookup("y"), undefined);
});
