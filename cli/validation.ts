/**
 * Everything that can be known to be wrong before anything is started.
 *
 * @module
 */

import type { Configuration, Task } from "../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../core/base/errors.ts";
import { loadConfiguration } from "./configuration.ts";
import type { Context } from "./context.ts";
import { checkBlock, deadLetterProblems } from "./prepare.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import { blocksOf, describePulled } from "./pulled.ts";
import { secondOpinions } from "./second_opinion.ts";
import { shieldTask } from "./shield.ts";
import { checkTransformsOf } from "./transforms.ts";

/** What `validate` found. */
export interface Verdict {
  readonly isValid: boolean;
  readonly files: readonly string[];
  /** Names of the tasks. */
  readonly tasks: readonly string[];
  /** For people: the root blocks of `dstream ingester` and `router`. */
  readonly blocks: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** @throws {DstreamError} Only for what is no problem of the configuration. */
export async function validate(context: Context): Promise<Verdict> {
  let configuration: Configuration;
  try {
    configuration = await loadConfiguration(context);
  } catch (error) {
    return verdict(undefined, [
      ...problemsOf(error),
      ...await secondOpinions(context),
    ]);
  }
  return verdict(configuration, [
    ...await checkProviders(configuration, context),
    ...await secondOpinions(context),
  ]);
}

function verdict(
  configuration: Configuration | undefined,
  diagnostics: readonly Diagnostic[],
): Verdict {
  return {
    isValid: configuration !== undefined &&
      !diagnostics.some((d) => d.severity === "error"),
    files: configuration?.files ?? [],
    tasks: [...configuration?.tasks.keys() ?? []],
    blocks: [
      ...configuration?.ingester ? ["the ingester block"] : [],
      ...configuration?.publisher ? ["the publisher block"] : [],
    ],
    diagnostics: sortByPlace(diagnostics),
  };
}

function problemsOf(error: unknown): readonly Diagnostic[] {
  if (error instanceof DiagnosticsError) return error.diagnostics;
  return [toDiagnostic(error)];
}

/** What is wrong with the blocks of tasks that could be read. */
export async function checkProviders(
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const tasks = [...configuration.tasks.values()];
  const { ingester, publisher } = configuration;
  const hasFamily = ingester !== undefined || publisher !== undefined;
  return [
    ...hasFamily ? await checkFamily(configuration, context) : [],
    ...await describePulled(tasks, configuration, context),
    ...await checkTasks(tasks, configuration, context),
  ];
}

/** The root blocks, and the tasks they become. */
async function checkFamily(
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const { familyProblems } = await import("./family.ts");
  return await familyProblems(configuration, context);
}

/** All but what only a registry knows. */
export async function checkTasks(
  tasks: readonly Task[],
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const problems: Diagnostic[] = [];
  for (const given of tasks) {
    const task = await shieldTask(given, context.providers);
    problems.push(...await checkTransformsOf(task));
    problems.push(...await deadLetterProblems(task, context));
    for (const block of blocksOf(task)) {
      problems.push(...await checkBlock(block, configuration, context));
    }
  }
  return problems;
}
