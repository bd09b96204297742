/**
 * Files with tests of tasks: found, and read.
 *
 * @module
 */

import { isAbsolute, join, relative } from "node:path";
import {
  findFiles,
  findTestFiles as testFilesIn,
} from "../config/load/files.ts";
import { readTestFile, type TaskTest } from "../config/task_test_file.ts";
import type { World } from "./site.ts";

export type { TaskTest } from "../config/task_test_file.ts";
export type { TestFailure } from "./testing/mod.ts";

/**
 * The files with tests that stand beside a configuration.
 * @param path Of the configuration, as `-c` has it.
 * @returns As the user would name them.
 * @throws {DstreamError} The configuration can't be found.
 */
export function findTestFiles(path: string, cwd: string): readonly string[] {
  const { folder } = findFiles(path, cwd);
  const named = isAbsolute(path) ? folder : relative(cwd, folder);
  return testFilesIn(folder).map((file) => join(named, relative(folder, file)));
}

/**
 * The tests of a file, in the order written.
 * @throws {DiagnosticsError | DstreamError} What is wrong with the file.
 */
export function readTaskTests(
  path: string,
  { cwd, env, clock }: Pick<World, "cwd" | "env" | "clock">,
): Promise<readonly TaskTest[]> {
  return readTestFile({
    path,
    workingFolder: cwd,
    env,
    wallMs: () => clock.wallMs(),
  });
}
