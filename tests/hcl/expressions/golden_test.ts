/**
 * Our evaluator against the golden values made by HashiCorp's libraries
 * (scripts/golden_values), and against by_hand.txt for the functions that only
 * Terraform has.
 */

import { EvaluationError } from "../../../core/hcl/expressions/mod.ts";
import { typeOf } from "../../../core/hcl/expressions/types.ts";
import type {
  FunctionDefinition,
  FunctionTable,
} from "../../../core/hcl/functions/definition.ts";
import {
  numberValue,
  stringValue,
  type Type,
  type Value,
} from "../../../core/hcl/value.ts";
import { toJson } from "../../../core/hcl/value_json.ts";
import { assert, assertEquals } from "../../support/assert.ts";
import { DIFFERENCES } from "./differences.ts";
import { allFunctions, evaluateText, readVariables } from "./evaluate_text.ts";

const FOLDER = new URL("./", import.meta.url);

interface Golden {
  readonly expression: string;
  readonly type?: unknown;
  readonly value?: unknown;
  readonly error?: string;
}

type Outcome =
  | { readonly value: Value; readonly error?: undefined }
  | { readonly error: EvaluationError };

Deno.test("every golden expression has HashiCorp's value, or fails with it", async () => {
  const run = await evaluator();
  const wrong: string[] = [];
  const goldens = readGoldens();
  assert.ok(goldens.length > 1000);
  for (const golden of goldens) {
    const isDifferent = DIFFERENCES.some((d) =>
      d.expression === golden.expression
    );
    if (isDifferent) continue;
    const problem = compare(golden, run(golden.expression));
    if (problem) wrong.push(`${golden.expression}\n    ${problem}`);
  }
  assert.equal(wrong.join("\n"), "");
});

Deno.test("every difference is there, and is one", async (t) => {
  const run = await evaluator();
  const goldens = readGoldens();
  for (const { expression, value, code } of DIFFERENCES) {
    await t.step(expression, () => {
      const golden = goldens.find((g) => g.expression === expression);
      assert.ok(golden, "not among the golden values");
      const outcome = run(expression);
      assert.notEqual(compare(golden, outcome), undefined, "no difference");
      assertEquals<string | undefined>(outcome.error?.code, code);
      if (outcome.error === undefined) {
        assert.equal(toJson(outcome.value), value);
      }
    });
  }
});

Deno.test("Terraform's own functions have the values written by hand", async () => {
  const run = await evaluator();
  const wrong: string[] = [];
  for (const { expression, expected } of readByHand()) {
    const outcome = run(expression);
    const actual = outcome.error === undefined
      ? toJson(outcome.value)
      : "error";
    if (actual !== expected) {
      const detail = outcome.error?.message ?? "";
      wrong.push(`${expression}\n    ${actual} ${detail}, not ${expected}`);
    }
  }
  assert.equal(wrong.join("\n"), "");
});

async function evaluator(): Promise<(text: string) => Outcome> {
  const functions = withRegexReplace(await allFunctions());
  const path = new URL("scope.hcl", FOLDER);
  const variables = readVariables(path, functions);
  return (text) => {
    try {
      return { value: evaluateText(text, variables, functions) };
    } catch (error) {
      if (error instanceof EvaluationError) return { error };
      throw new Error(`${text}: ${error}`, { cause: error });
    }
  };
}

/** HCL's library has what Terraform does for `/…/` under a name of its own. */
function withRegexReplace(functions: FunctionTable): FunctionTable {
  const replace = functions.get("replace") as FunctionDefinition;
  return new Map([...functions, ["regexreplace", {
    ...replace,
    call: (text: Value, pattern: Value, replacement: Value) => {
      assert.ok(pattern.kind === "string");
      const slashed = stringValue(`/${pattern.value}/`);
      return replace.call(text, slashed, replacement);
    },
  }]]);
}

/** @returns What is wrong, or `undefined`. */
function compare(golden: Golden, outcome: Outcome): string | undefined {
  if (golden.error !== undefined) {
    if (outcome.error !== undefined) return undefined;
    return `${toJson(outcome.value)}, should fail: ${golden.error}`;
  }
  if (outcome.error !== undefined) {
    return `${outcome.error.message}, should be ${show(golden.value)}`;
  }
  const type = JSON.stringify(ctyType(typeOf(outcome.value)));
  if (type !== JSON.stringify(golden.type)) {
    return `type ${type}, should be ${JSON.stringify(golden.type)}`;
  }
  const actual = parseWithDigits(toJson(outcome.value));
  if (isSame(actual, golden.value)) return undefined;
  return `${show(actual)}, should be ${show(golden.value)}`;
}

/** Whole numbers by their digits, others by their double. */
function isSame(a: unknown, b: unknown): boolean {
  if (isNumber(a) && isNumber(b)) {
    return a.digits === b.digits || !(isWhole(a) && isWhole(b)) &&
        Number(a.digits) === Number(b.digits);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => key in b && isSame(a[key], b[key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isNumber(value: unknown): value is { kind: "number"; digits: string } {
  return isRecord(value) && value.kind === "number";
}

function isWhole({ digits }: { digits: string }): boolean {
  return /^-?\d+$/.test(digits);
}

function parseWithDigits(text: string): unknown {
  return JSON.parse(
    text,
    (_, value, context?: { source: string }) =>
      typeof value === "number" ? numberValue(context!.source) : value,
  );
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

/** A type as cty writes it in JSON. */
function ctyType(type: Type): unknown {
  switch (type.kind) {
    case "boolean":
      return "bool";
    case "dynamic":
    case "number":
    case "string":
      return type.kind;
    case "list":
    case "set":
    case "map":
      return [type.kind, ctyType(type.element)];
    case "tuple":
      return ["tuple", type.elements.map(ctyType)];
    case "object": {
      const names = [...type.attributes.keys()].sort();
      return [
        "object",
        Object.fromEntries(
          names.map((name) => [name, ctyType(type.attributes.get(name)!)]),
        ),
      ];
    }
  }
}

function readGoldens(): Golden[] {
  const text = Deno.readTextFileSync(new URL("golden.json", FOLDER));
  return parseWithDigits(text) as Golden[];
}

function readByHand(): { expression: string; expected: string }[] {
  const text = Deno.readTextFileSync(new URL("by_hand.txt", FOLDER));
  return text.split("\n").filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const [expression, expected] = line.split(" ⇒ ");
      return { expression, expected };
    });
}
