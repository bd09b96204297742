/** docs/functions.md: every example evaluated, every function described. */

import { signature } from "../../core/hcl/expressions/call.ts";
import { EvaluationError } from "../../core/hcl/expressions/mod.ts";
import { toRedactedJson } from "../../core/hcl/value_json.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  allFunctions,
  evaluateText,
  testWorld,
} from "../hcl/expressions/evaluate_text.ts";

const page = Deno.readTextFileSync(
  new URL("../../docs/functions.md", import.meta.url),
);
const functions = await allFunctions(testWorld({
  folder: "/conf",
  isWindows: false,
  homeFolder: () => "/home/me",
  wallMs: () => Date.UTC(2026, 2, 1, 9),
  fileInfo: (path) =>
    path === "/conf/greeting.txt"
      ? { isFile: true, isFolder: false, sizeBytes: 5 }
      : undefined,
  readFile: () => new TextEncoder().encode("hello"),
}));

/** The cells of every table row, without the backticks around code. */
function rows(): string[][] {
  return page.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((c) => c.trim()));
}

Deno.test("every example on the page of functions gives what it says", async (t) => {
  const examples = [...page.matchAll(/`([^`]+)` → `([^`]+)`/g)];
  assert.ok(examples.length > 100);
  for (const [, text, expected] of examples) {
    await t.step(text, () => {
      const value = evaluateText(text, [], functions);
      assert.equal(toRedactedJson(value), expected);
    });
  }
});

Deno.test("every function is on the page, with its parameters", () => {
  const described = rows().map(([first]) => first.replaceAll("`", ""))
    .filter((text) => /^\w+\(/.test(text) && !/[+/]/.test(text));
  const names = described.map((text) => text.split("(")[0]);
  const own = new Set(names.filter((name) => functions.has(name)));
  assertEquals([...own].sort(), [...functions.keys()].sort());
  for (const [name, definition] of functions) {
    if ("isLazy" in definition) continue;
    const expected = signature(name, definition);
    assert.ok(described.includes(expected), `${expected} is not on the page`);
  }
});

Deno.test("what the page says differs from Terraform does so here", () => {
  const differences: [string, string][] = [
    ["0.1 + 0.2", "0.30000000000000004"],
    ["1 / 0", "error"],
    ["5 % 0", "error"],
    ["true && null", "error"],
    ["pow(10, 30)", `1${"0".repeat(30)}`],
    ['yamldecode("a: 2026-03-01")', '{"a":"2026-03-01"}'],
    ['yamldecode("a: 1\\na: 2")', "error"],
    ['jsondecode("\\"e\\\\u0301\\"") == "\\u00e9"', "false"],
    ["signum(0.5)", "1"],
  ];
  for (const [text, expected] of differences) {
    assert.equal(resultOf(text), expected, text);
  }
});

function resultOf(text: string): string {
  try {
    return toRedactedJson(evaluateText(text, [], functions));
  } catch (error) {
    if (error instanceof EvaluationError) return "error";
    throw error;
  }
}
