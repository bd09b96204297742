import { assert } from "../../../tests/support/assert.ts";
import {
  allFunctions,
  evaluateText,
} from "../../../tests/hcl/expressions/evaluate_text.ts";
import { stringValue } from "../value.ts";
import { toJson } from "../value_json.ts";

const functions = await allFunctions();

function run(text: string, t = ""): string {
  return toJson(evaluateText(text, [["t", stringValue(t)]], functions));
}

/** Milliseconds `action` takes. */
function timeMs(action: () => void): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}

Deno.test("a pattern made to explode takes time as the text is long", async (t) => {
  const cases: [string, string][] = [
    ["nested repetition", "^(a+)+$"],
    ["alternatives that overlap", "^(a|aa)+$"],
    ["optional ones", "^(a?){25}a{25}b$"],
    ["three stars", "^.*a.*a.*a.*b$"],
  ];
  for (const [name, pattern] of cases) {
    await t.step(name, () => {
      const text = "a".repeat(20_000) + "!";
      const ms = timeMs(() => {
        assert.equal(run(`length(regexall("${pattern}", t))`, text), "0");
      });
      assert.ok(ms < 20_000, `${ms} ms`);
    });
  }
});

Deno.test("regular expressions count in characters, not halves of them", async (t) => {
  const cases: [string, string][] = [
    ['regexall(".", "a😀b")', '["a","😀","b"]'],
    ['replace("a😀b", "/./", "<$0>")', '"<a><😀><b>"'],
    ['replace("a😀b", "/x*/", "-")', '"-a-😀-b-"'],
    ['regex("(?P<first>.)(?P<rest>.*)", "😀x").rest', '"x"'],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => assert.equal(run(text), expected));
  }
});

Deno.test("JSON of megabytes is read in a moment", () => {
  const text = JSON.stringify({
    a: "x".repeat(5_000_000),
    b: '\\"'.repeat(500_000),
  });
  const ms = timeMs(() => {
    assert.equal(run("length(jsondecode(t))", text), "2");
  });
  assert.ok(ms < 20_000, `${ms} ms`);
  const list = JSON.stringify(
    Array.from({ length: 100_000 }, (_, i) => ({ i })),
  );
  assert.equal(run("length(jsondecode(t))", list), "100000");
});

Deno.test("an unclosed JSON string is refused in a moment", () => {
  const ms = timeMs(() => {
    assert.equal(
      run("can(jsondecode(t))", `"${"a\\n".repeat(500_000)}`),
      "false",
    );
  });
  assert.ok(ms < 20_000, `${ms} ms`);
});

Deno.test("YAML keeps digits and text as written", async (t) => {
  const cases: [string, string][] = [
    ["a: 9007199254740993", '{"a":9007199254740993}'],
    ["a: 0.10", '{"a":0.10}'],
    ["a: 0x1f", '{"a":31}'],
    ["a: 0o17", '{"a":15}'],
    ["a: 2024-05-01", '{"a":"2024-05-01"}'],
    ["a: 'yes'", '{"a":"yes"}'],
    ["? [1]\n: x", ""],
    ["a: .nan", ""],
    ["a: 1\n---\nb: 2", ""],
    ["a: 1\na: 2", ""],
    ["", ""],
    ["# nothing", ""],
    ["a: !!str 5", '{"a":"5"}'],
    ["a: &x 1\nb: *x", '{"a":1,"b":1}'],
    [
      "m: &m {a: 1, b: 2}\nk:\n  <<: *m\n  b: 3",
      '{"m":{"a":1,"b":2},"k":{"b":3,"a":1}}',
    ],
  ];
  for (const [yaml, expected] of cases) {
    await t.step(JSON.stringify(yaml), () => {
      if (expected === "") {
        assert.equal(run("can(yamldecode(t))", yaml), "false");
      } else assert.equal(run("yamldecode(t)", yaml), expected);
    });
  }
});
