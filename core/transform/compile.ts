/**
 * A task's steps → what can be applied, with every mistake found on the way.
 *
 * @module
 */

import type { TransformStep } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import { CelCompiler } from "./cel.ts";
import { compileFilter } from "./filter.ts";
import { compileMap } from "./map.ts";
import type { Compiled, Step } from "./step.ts";
import { compileValidate } from "./validate.ts";

/** Everything that is wrong with a task's transforms: expressions, paths, schemas. */
export async function checkTransforms(
  steps: readonly TransformStep[],
): Promise<readonly Diagnostic[]> {
  const compiled = await compileAll(steps);
  return compiled.flatMap(({ problems }) => problems);
}

/** @throws {DiagnosticsError} When one of them can't be used. */
export async function compileSteps(
  steps: readonly TransformStep[],
): Promise<readonly Step[]> {
  const compiled = await compileAll(steps);
  const problems = compiled.flatMap(({ problems }) => problems);
  if (problems.some(({ severity }) => severity === "error")) {
    throw new DiagnosticsError(problems);
  }
  return compiled.flatMap((one) => one.apply === undefined ? [] : [one]);
}

async function compileAll(
  steps: readonly TransformStep[],
): Promise<readonly Compiled[]> {
  const needsCel = steps.some(({ kind }) => kind !== "validate");
  const cel = needsCel ? await CelCompiler.load() : undefined;
  return await Promise.all(steps.map((step) => compileStep(step, cel!)));
}

function compileStep(
  step: TransformStep,
  cel: CelCompiler,
): Compiled | Promise<Compiled> {
  switch (step.kind) {
    case "filter":
      return compileFilter(step, cel);
    case "map":
      return compileMap(step, cel);
    case "validate":
      return compileValidate(step);
  }
}
