/**
 * From a path to a configuration: the environment, the files, and all that is wrong
 * in them in one go.
 *
 * @module
 */

import { resolve } from "node:path";
import { ConfigurationError } from "../config/configuration_error.ts";
import { readFile } from "../config/disk.ts";
import type { Configuration, Task } from "../config/task.ts";
import {
  DiagnosticsError,
  DstreamError,
  type Location,
} from "../base/errors.ts";
import { didYouMean } from "../base/nearest.ts";
import { parseEnvFile } from "./env_file.ts";
import { sortByPlace } from "./problems.ts";
import type { ProjectOptions, Site } from "./site.ts";

/** Where a configuration is when nobody says so. */
export const DEFAULT_PATH = "dstream.hcl";

/** The configuration's path as the user would name it. */
export function pathOf({ path }: ProjectOptions): string {
  return path ?? DEFAULT_PATH;
}

/**
 * Reads the files.
 * @throws {DiagnosticsError} With every mistake, also of the providers that are named.
 * @throws {DstreamError} For files that can't be read.
 */
export async function loadConfiguration(site: Site): Promise<Configuration> {
  const { world, options } = site;
  const { hasServerBlocks, text } = options;
  try {
    return await world.load({
      path: pathOf(options),
      workingFolder: world.cwd,
      env: await environment(site),
      variables: options.variables,
      variableFiles: options.variableFiles,
      allowMissingEnv: options.allowMissingEnv,
      tasks: options.tasks,
      ...hasServerBlocks !== undefined && { hasServerBlocks },
      ...text !== undefined && { text },
      wallMs: () => world.clock.wallMs(),
      version: world.version,
    });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw await withProviderProblems(error, site);
  }
}

async function withProviderProblems(
  { diagnostics, partial }: ConfigurationError,
  site: Site,
): Promise<DiagnosticsError> {
  const { checkConfiguration } = await import("./check.ts");
  const more = await checkConfiguration(partial, site);
  return new DiagnosticsError(sortByPlace([...diagnostics, ...more]));
}

/**
 * The process's own variables win over a file's, so that a deployment can
 * override what a developer's file says.
 */
export async function environment(
  { world, options }: Site,
): Promise<Readonly<Record<string, string>>> {
  const fromFiles: Record<string, string> = {};
  for (const path of options.envFiles ?? []) {
    Object.assign(fromFiles, parseEnvFile(await read(path, world.cwd), path));
  }
  return { ...fromFiles, ...world.env };
}

async function read(path: string, cwd: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readFile(resolve(cwd, path)));
  } catch (cause) {
    throw new DstreamError(
      "config.env_file_unreadable",
      `cannot read the env file "${path}"`,
      { cause, hint: "--env-file is relative to the working directory" },
    );
  }
}

/**
 * @param at Where the name was written, if it was.
 * @throws {DstreamError} `usage.task_unknown` with the nearest name.
 */
export function findTask(
  name: string,
  configuration: Configuration,
  at?: Location,
): Task {
  const task = configuration.tasks.get(name);
  if (task !== undefined) return task;
  const names = namesOf(configuration);
  throw new DstreamError(
    "usage.task_unknown",
    `there is no task "${name}" in ${configuration.files.join(", ")}`,
    { isUsage: true, hint: didYouMean(name, names, tasksHint(names)), at },
  );
}

/** Says which tasks there are. */
export function tasksHint(names: readonly string[]): string {
  if (names.length === 0) return "it declares no task";
  if (names.length > 10) return "`dstream list` shows all tasks";
  const list = names.join(", ");
  return names.length === 1
    ? `the only task is ${list}`
    : `the tasks are ${list}`;
}

/** Every declared task, whether it was evaluated or not. */
export function namesOf(configuration: Configuration): readonly string[] {
  return configuration.taskNames ?? [...configuration.tasks.keys()];
}
