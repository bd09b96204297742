/**
 * From the shared flags to a loaded configuration and the tasks meant.
 *
 * @module
 */

import { resolve } from "node:path";
import { readFile } from "../core/config/disk.ts";
import { ConfigurationError } from "../core/config/configuration_error.ts";
import type { Configuration, Task } from "../core/config/task.ts";
import { DiagnosticsError, DstreamError } from "../core/base/errors.ts";
import { didYouMean } from "../core/base/nearest.ts";
import type { Context } from "./context.ts";
import { parseEnvFile } from "./env_file.ts";

const DEFAULT_PATH = "dstream.hcl";

/** What a command wants to be different. */
export interface LoadWishes {
  /** Evaluate only these. */
  readonly tasks?: readonly string[];
  /** The root blocks `ingester` and `publisher` too. */
  readonly families?: boolean;
  /** For commands that only look: an unset variable must not stop them. */
  readonly allowMissingEnv?: boolean;
}

/** The configuration's path as the user would name it. */
export function configPath(context: Context): string {
  return context.flags.config ?? (context.deps.env.DSTREAM_CONFIG ||
    DEFAULT_PATH);
}

/** @throws {DiagnosticsError | DstreamError} What load.ts found. */
export async function loadConfiguration(
  context: Context,
  wishes: LoadWishes = {},
): Promise<Configuration> {
  const { deps, flags } = context;
  const options = {
    path: configPath(context),
    workingFolder: deps.cwd,
    env: await environment(context),
    variables: flags.var,
    variableFiles: flags.varFile,
    allowMissingEnv: wishes.allowMissingEnv ?? flags.allowMissingEnv,
    tasks: wishes.tasks,
    ...wishes.families !== undefined && { families: wishes.families },
    wallMs: () => deps.clock.wallMs(),
    version: deps.version,
  };
  try {
    return await deps.load(options);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw await withProviderProblems(error, context);
  }
}

/** All that is wrong in one go, also with the providers that are named. */
async function withProviderProblems(
  { diagnostics, partial }: ConfigurationError,
  context: Context,
): Promise<DiagnosticsError> {
  const { checkProviders } = await import("./validation.ts");
  const { sortByPlace } = await import("./problems.ts");
  const more = await checkProviders(partial, context);
  return new DiagnosticsError(sortByPlace([...diagnostics, ...more]));
}

/**
 * The process's own variables win over a file's, so that a deployment can
 * override what a developer's file says.
 */
export async function environment(
  context: Context,
): Promise<Readonly<Record<string, string>>> {
  const { deps, flags } = context;
  const fromFiles: Record<string, string> = {};
  for (const path of flags.envFile ?? []) {
    Object.assign(fromFiles, parseEnvFile(await read(path, deps.cwd), path));
  }
  return { ...fromFiles, ...deps.env };
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

/** @throws {DstreamError} `usage.task_unknown` with the nearest name. */
export function findTask(name: string, configuration: Configuration): Task {
  const task = configuration.tasks.get(name);
  if (task !== undefined) return task;
  const names = configuration.taskNames ?? [...configuration.tasks.keys()];
  throw new DstreamError(
    "usage.task_unknown",
    `there is no task "${name}" in ${configuration.files.join(", ")}`,
    { isUsage: true, hint: didYouMean(name, names, tasksHint(names)) },
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
