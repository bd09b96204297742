/**
 * What a test expects against what came.
 *
 * @module
 */

import {
  type Diagnostic,
  DiagnosticsError,
  type Location,
} from "../../base/errors.ts";
import type {
  Comparison,
  ExpectedLines,
  LettersExpectation,
  OutputExpectation,
  TaskTest,
} from "../../config/task_test_file.ts";
import type { Task } from "../../config/task.ts";
import { isJsonObject } from "../../base/json.ts";
import { didYouMean } from "../../base/nearest.ts";
import { parseExactJson } from "../../protocol/exact_json.ts";
import type { Check } from "./checks.ts";
import { asFarAs, sameJson } from "./same_json.ts";
import { outputName } from "../router.ts";
import type { Tried, TriedOutput } from "./try_lines.ts";

/** One thing that is not as expected. */
export interface TestFailure {
  /** For example `output "big", envelope 2`. */
  readonly where: string;
  readonly message: string;
  /** JSON texts, where two are compared. */
  readonly expected?: string;
  readonly actual?: string;
}

/** @param checks The compiled `check` expressions, for each expected output. */
export function judge(
  test: TaskTest,
  tried: Tried,
  checks: readonly (readonly Check[])[],
): readonly TestFailure[] {
  return [
    ...judgeError(test, tried),
    ...test.outputs.flatMap((expected, i) =>
      judgeOutput(expected, findOutput(expected, tried)!, checks[i])
    ),
    ...test.deadLetters === undefined
      ? []
      : judgeLetters(test.deadLetters, tried),
    ...countFailure("filtered", test.filtered, tried.filtered),
  ];
}

/**
 * Outputs that a test names and the task doesn't have.
 * @throws {DiagnosticsError}
 */
export function checkOutputs({ outputs }: TaskTest, task: Task): void {
  const names = task.outputs.map(outputName);
  const problems = outputs.flatMap(({ label, at }): Diagnostic[] => {
    if (label === undefined && names.length === 1) return [];
    if (label !== undefined && names.includes(label.text)) return [];
    return [outputUnknown(label?.text, label?.at ?? at, task, names)];
  });
  if (problems.length > 0) throw new DiagnosticsError(problems);
}

function outputUnknown(
  label: string | undefined,
  at: Location,
  task: Task,
  names: readonly string[],
): Diagnostic {
  const list = `its outputs: ${names.join(", ")}`;
  return {
    severity: "error",
    code: "test.output_unknown",
    message: label === undefined
      ? `task "${task.name}" has several outputs: say which is meant`
      : `task "${task.name}" has no output "${label}"`,
    hint: label === undefined
      ? `output "${names[0]}" { … } in the expect block`
      : didYouMean(label, names, list),
    at,
  };
}

function findOutput(
  { label }: OutputExpectation,
  { outputs }: Tried,
): TriedOutput | undefined {
  if (label === undefined) return outputs[0];
  return outputs.find(({ block }) => outputName(block) === label.text);
}

/** A failure that nobody expects is the first thing to know. */
function judgeError({ error }: TaskTest, tried: Tried): TestFailure[] {
  const where = "task";
  if (error === undefined) {
    if (tried.error === undefined) return [];
    return [{ where, message: `it fails: ${tried.error}` }];
  }
  if (tried.error === undefined) {
    return [{ where, message: `it does not fail with: ${error}` }];
  }
  if (tried.error.includes(error)) return [];
  const message = `it fails with other words than: ${error}`;
  return [{ where, message: `${message}; they are: ${tried.error}` }];
}

function judgeOutput(
  { label, lines, count, checks }: OutputExpectation,
  output: TriedOutput,
  compiled: readonly Check[],
): TestFailure[] {
  const where = label === undefined ? "output" : `output "${label.text}"`;
  return [
    ...countFailure(where, count, output.lines.length),
    ...lines === undefined ? [] : compare(where, lines, output.lines),
    ...compiled.flatMap((check, i) =>
      judgeCheck(where, checks[i].text, check, output.lines)
    ),
  ];
}

function judgeCheck(
  where: string,
  text: string,
  check: Check,
  lines: readonly string[],
): TestFailure[] {
  const problems = lines.map((line) => check(line));
  const first = problems.findIndex((problem) => problem !== undefined);
  if (first < 0) return [];
  return [{
    where: `${where}, envelope ${first + 1}`,
    message: `${problems[first]}: ${text}`,
    actual: lines[first],
  }];
}

function judgeLetters(
  { lines, count, reasons }: LettersExpectation,
  { letters }: Tried,
): TestFailure[] {
  const where = "dead letters";
  const found = letters.map(({ line }) => line);
  return [
    ...countFailure(where, count, letters.length),
    ...lines === undefined ? [] : compare(where, lines, found),
    ...reasons === undefined
      ? []
      : compareReasons(reasons, letters.map(({ reason }) => reason)),
  ];
}

function compareReasons(
  expected: readonly string[],
  actual: readonly string[],
): TestFailure[] {
  const sizes = countFailure("dead letters", expected.length, actual.length);
  if (sizes.length > 0) return sizes;
  const wrong = expected.findIndex((text, i) => !actual[i].includes(text));
  if (wrong < 0) return [];
  return [{
    where: `dead letter ${wrong + 1}`,
    message: `its reason has no "${expected[wrong]}": ${actual[wrong]}`,
  }];
}

function countFailure(
  where: string,
  expected: number | undefined,
  actual: number,
): TestFailure[] {
  if (expected === undefined || expected === actual) return [];
  return [{ where, message: `${actual}, and ${expected} expected` }];
}

/** The first that differs is told, and which are missing or too many. */
function compare(
  where: string,
  { comparison, lines }: ExpectedLines,
  actual: readonly string[],
): TestFailure[] {
  const length = Math.max(lines.length, actual.length);
  for (let i = 0; i < length; i++) {
    const [expected, came] = [lines[i], actual[i]];
    const place = `${where}, envelope ${i + 1}`;
    const shown = came === undefined ? undefined : partOf(came, comparison);
    if (shown === undefined) {
      return [{ where: place, message: "is missing", expected }];
    }
    if (expected === undefined) {
      return [{ where: place, message: "is not expected", actual: shown }];
    }
    const isPart = comparison === "contains";
    if (sameJson(expected, shown, isPart)) continue;
    const relevant = isPart ? asFarAs(expected, shown) : shown;
    return [{ where: place, message: "differs", expected, actual: relevant }];
  }
  return [];
}

/** What is compared of an envelope. */
function partOf(line: string, comparison: Comparison): string {
  if (comparison !== "records") return line;
  const envelope = parseExactJson(line);
  const data = isJsonObject(envelope) ? envelope.data : undefined;
  return JSON.stringify(data ?? null);
}
