/**
 * Everything that can be known to be wrong before anything is started.
 *
 * @module
 */

import type { Configuration } from "../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../core/errors.ts";
import { loadConfiguration } from "./configuration.ts";
import type { Context } from "./context.ts";
import {
  checkBlock,
  deadLetterProblems,
  sortByPlace,
  toDiagnostic,
} from "./prepare.ts";
import { secondOpinions } from "./second_opinion.ts";
import { shieldTask } from "./shield.ts";
import { checkTransformsOf } from "./transforms.ts";

/** What `validate` found. */
export interface Verdict {
  readonly isValid: boolean;
  readonly files: readonly string[];
  /** Names of the tasks. */
  readonly tasks: readonly string[];
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
  const problems: Diagnostic[] = [];
  for (const given of configuration.tasks.values()) {
    const task = await shieldTask(given, context.deps.builtIns);
    problems.push(...await checkTransformsOf(task));
    const deadLetter = task.deadLetter ? [task.deadLetter] : [];
    problems.push(...await deadLetterProblems(task, context));
    for (const block of [...task.inputs, ...task.outputs, ...deadLetter]) {
      problems.push(...await checkBlock(block, configuration, context));
    }
  }
  return problems;
}
