/**
 * What `dstream test` shows: a line for each test, and below it what differs.
 *
 * @module
 */

import { parseExactJson } from "../../core/protocol/exact_json.ts";
import type { TestFailure } from "../../core/project/mod.ts";
import type { TaskTestResult } from "../tasks/task_tests.ts";
import type { Paint } from "../terminal/colour.ts";
import { diffLines } from "./diff_lines.ts";
import type { JunitCase } from "./junit.ts";
import { paintDiffLine } from "./paint_diff.ts";
import { plural, visible } from "./units.ts";

/** One test, as it ends. */
export function formatResult(
  { test, failures }: TaskTestResult,
  paint: Paint,
): string {
  const isGood = failures.length === 0;
  const word = isGood ? paint("green", "ok    ") : paint("red", "FAILED");
  const { file, line } = test.at;
  const head = `${word}  ${visible(test.name)} (${file}:${line})`;
  return [head, ...failures.map((one) => formatFailure(one, paint))].join("\n");
}

/** How many passed. */
export function formatSum(
  results: readonly TaskTestResult[],
  paint: Paint,
): string {
  const { passed, failed } = countsOf(results);
  const sum = `${plural(passed, "test")} passed, ${failed} failed`;
  return `\n${paint(failed === 0 ? "green" : "red", sum)}`;
}

/** The same for a program. */
export function toJson(results: readonly TaskTestResult[]) {
  return {
    tests: results.map(({ test, failures, durationMs }) => ({
      name: test.name,
      file: test.at.file,
      line: test.at.line,
      task: test.task.text,
      passed: failures.length === 0,
      duration_ms: Math.round(durationMs),
      failures: failures.map(({ where, message, expected, actual }) => ({
        where,
        message,
        expected: expected && parseExactJson(expected),
        actual: actual && parseExactJson(actual),
      })),
    })),
    ...countsOf(results),
  };
}

/** The same for a build server; the task is the class name. */
export function toJunitCase(
  { test, failures, durationMs }: TaskTestResult,
): JunitCase {
  const [first] = failures;
  const plain: Paint = (_colour, text) => text;
  return {
    className: test.task.text,
    name: test.name,
    durationMs,
    outcome: first === undefined ? "passed" : "failed",
    message: first === undefined ? "" : `${first.where}: ${first.message}`,
    text: failures.map((one) => formatFailure(one, plain)).join("\n"),
  };
}

function countsOf(results: readonly TaskTestResult[]) {
  const passed = results.filter(({ failures }) => failures.length === 0).length;
  return { passed, failed: results.length - passed };
}

/** `-` is expected, `+` came. */
function formatFailure(
  { where, message, expected, actual }: TestFailure,
  paint: Paint,
): string {
  const lines = diffLines(indent(expected), indent(actual));
  const isDiff = expected !== undefined && actual !== undefined;
  const legend = isDiff ? " (- expected, + came)" : "";
  return [
    `        ${visible(where)} ${visible(message)}${legend}`,
    ...lines.map((line) => `          ${paintDiffLine(line, paint)}`),
  ].join("\n");
}

/** Keys in one order, so that a diff shows what differs. */
function indent(text: string | undefined): string[] {
  if (text === undefined) return [];
  return JSON.stringify(sorted(parseExactJson(text)), null, 2).split("\n");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  const isPlain = typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return value;
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    entries.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      .map(([key, one]) => [key, sorted(one)]),
  );
}
