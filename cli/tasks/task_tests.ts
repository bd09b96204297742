/**
 * `dstream test`: finds the tests, runs them, and again when a file changes.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import {
  findTestFiles,
  readTaskTests,
  type TaskTest,
  type TestFailure,
} from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode, exitCodeOfError } from "../exit_code.ts";
import { writeJunitFile } from "../junit_file.ts";
import { configPath, openProject } from "../project.ts";
import { interruptSignal } from "../terminal/signals.ts";
import { FileChanges } from "../terminal/file_changes.ts";
import { renderFailure } from "../views/failure.ts";
import { formatJunit } from "../views/junit.ts";
import * as view from "../views/task_tests.ts";

/** The words of the command line. */
export interface TaskTestWishes {
  readonly files: readonly string[];
  /** Part of the name. */
  readonly only: string | undefined;
  readonly junit: string | undefined;
  readonly isJson: boolean;
  readonly isWatching: boolean;
}

/** One test that was run. */
export interface TaskTestResult {
  readonly test: TaskTest;
  readonly failures: readonly TestFailure[];
  readonly durationMs: number;
}

/** @returns The exit status. */
export async function testTasks(
  wishes: TaskTestWishes,
  context: Context,
): Promise<number> {
  if (!wishes.isWatching) return await runOnce(wishes, context);
  const { cwd } = context.deps;
  const junit = wishes.junit && resolve(cwd, wishes.junit);
  using interrupt = interruptSignal(context);
  for (;;) {
    // What changes while they run is noticed too.
    using changes = new FileChanges(
      folderOf(context),
      (path) => path === junit,
    );
    await runWatched(wishes, context);
    context.say("waiting for a file to change; Ctrl+C ends");
    await changes.next(context.deps.clock, interrupt.signal);
  }
}

/** Tests, configuration and what they read lie below it, mostly. */
function folderOf(context: Context): string {
  const path = resolve(context.deps.cwd, configPath(context));
  return path.endsWith(".hcl") ? dirname(path) : path;
}

/** Mistakes are there to be mended: they end no watch. */
async function runWatched(
  wishes: TaskTestWishes,
  context: Context,
): Promise<void> {
  try {
    await runOnce(wishes, context);
  } catch (error) {
    if (exitCodeOfError(error) !== ExitCode.usage) throw error;
    context.say(renderFailure(error, context.paint));
  }
}

async function runOnce(
  wishes: TaskTestWishes,
  context: Context,
): Promise<number> {
  const tests = await readTests(wishes, context);
  const results: TaskTestResult[] = [];
  for (const test of tests) {
    const result = await runOne(test, context);
    results.push(result);
    if (wishes.isJson) continue;
    await context.print(view.formatResult(result, context.paintStdout));
  }
  if (wishes.isJson) await context.printJson(view.toJson(results));
  else await context.print(view.formatSum(results, context.paintStdout));
  if (wishes.junit !== undefined) {
    const cases = results.map(view.toJunitCase);
    const text = formatJunit("dstream test", configPath(context), cases);
    await writeJunitFile(wishes.junit, text, context);
  }
  const isGood = results.every(({ failures }) => failures.length === 0);
  return isGood ? ExitCode.ok : ExitCode.failed;
}

/** @throws {DstreamError} `usage.no_tests` where nothing would be tested. */
async function readTests(
  { files, only }: TaskTestWishes,
  context: Context,
): Promise<readonly TaskTest[]> {
  const path = configPath(context);
  const found = files.length > 0
    ? files
    : findTestFiles(path, context.deps.cwd);
  const read = await Promise.all(
    found.map((file) => readTaskTests(file, context.deps)),
  );
  const all = read.flat();
  const tests = all.filter(({ name }) => name.includes(only ?? ""));
  if (tests.length > 0) return tests;
  throw new DstreamError(
    "usage.no_tests",
    all.length > 0
      ? `no test has "${only}" in its name`
      : found.length > 0
      ? `there is no test in ${found.join(", ")}`
      : `there is no file with tests beside "${path}"`,
    {
      isUsage: true,
      hint: all.length > 0
        ? all.slice(0, 8).map(({ name }) => name).join(", ")
        : "`dstream test --help` shows one",
    },
  );
}

async function runOne(
  test: TaskTest,
  context: Context,
): Promise<TaskTestResult> {
  const { clock } = context.deps;
  const startedMs = clock.monotonicMs();
  const project = await openProject(context, {
    tasks: [test.task.text],
    variables: test.variables,
    env: test.env,
  });
  const failures = await project.test(test);
  return { test, failures, durationMs: clock.monotonicMs() - startedMs };
}
