/**
 * Tests of tasks: given envelopes through the real transforms and routing, without
 * any provider.
 *
 * | question                                        | file           |
 * | ----------------------------------------------- | -------------- |
 * | what does the task do with the envelopes?       | `try_lines.ts` |
 * | is that what the test expects?                  | `judge.ts`     |
 * | when are two envelopes the same?                | `same_json.ts` |
 * | what can a `check` say?                         | `checks.ts`    |
 * | what of a failure must not be shown?            | `hide.ts`      |
 *
 * @module
 */

import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../../base/errors.ts";
import type { TaskTest } from "../../config/task_test_file.ts";
import type { Task } from "../../config/task.ts";
import { prepareRouter } from "../router.ts";
import { compileChecks } from "./checks.ts";
import { failureHider } from "./hide.ts";
import { checkOutputs, judge, type TestFailure } from "./judge.ts";
import { tryLines } from "./try_lines.ts";

export type { TestFailure } from "./judge.ts";

/**
 * Runs one test.
 * @param secrets Of the configuration.
 * @returns What is not as expected; none: it passes.
 * @throws {DiagnosticsError} For mistakes in the task's transforms, or in the test.
 * @throws {DstreamError} The task can't be tested.
 */
export async function runTaskTest(
  test: TaskTest,
  task: Task,
  secrets: Iterable<string>,
): Promise<readonly TestFailure[]> {
  if (task.type === "plugin") throw pluginRefused(test, task);
  checkOutputs(test, task);
  const problems: Diagnostic[] = [];
  const router = await prepareRouter(task, problems);
  if (problems.length > 0) throw new DiagnosticsError(problems);
  const checks = await Promise.all(
    test.outputs.map((one) => compileChecks(one.checks)),
  );
  const failures = judge(test, tryLines(task, router, test.given), checks);
  return failures.map(failureHider(test, secrets));
}

function pluginRefused({ task: { at } }: TaskTest, task: Task): DstreamError {
  const message = `the plugin task "${task.name}" has no tests`;
  const hint = 'only tasks of type "providers" do';
  return new DstreamError("config.plugin_not_supported", message, { at, hint });
}
