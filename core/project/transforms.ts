/**
 * The transforms of tasks and of their outputs, compiled.
 *
 * What compiles expressions and schemas is loaded only for tasks that have some.
 *
 * @module
 */

import type { ProviderBlock, Task, TransformStep } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import type { Transformer } from "../transform/mod.ts";

/** Mistakes and warnings, those of outputs' own transforms too. */
export async function checkTransformsOf(
  { transforms, outputs }: Task,
): Promise<readonly Diagnostic[]> {
  const lists = [transforms, ...outputs.map(stepsOf)];
  const checked = await Promise.all(lists.map(checkSteps));
  return checked.flat();
}

/**
 * @param problems Gets the mistakes.
 * @returns Nothing when there are no transforms, or mistakes in them.
 */
export function prepareTransformer(
  { transforms, maxLineBytes }: Task,
  problems: Diagnostic[],
): Promise<Transformer | undefined> {
  return prepare(transforms, maxLineBytes, problems);
}

/**
 * One for each output that has transforms of its own, at its place.
 * @param problems Gets the mistakes.
 */
export function prepareOutputTransformers(
  { outputs, maxLineBytes }: Task,
  problems: Diagnostic[],
): Promise<readonly (Transformer | undefined)[]> {
  return Promise.all(
    outputs.map((block) => prepare(stepsOf(block), maxLineBytes, problems)),
  );
}

function stepsOf({ transforms = [] }: ProviderBlock): readonly TransformStep[] {
  return transforms;
}

async function checkSteps(
  steps: readonly TransformStep[],
): Promise<readonly Diagnostic[]> {
  if (steps.length === 0) return [];
  const { checkTransforms } = await import("../transform/mod.ts");
  return await checkTransforms(steps);
}

async function prepare(
  steps: readonly TransformStep[],
  maxLineBytes: number,
  problems: Diagnostic[],
): Promise<Transformer | undefined> {
  if (steps.length === 0) return undefined;
  const { createTransformer } = await import("../transform/mod.ts");
  try {
    return await createTransformer(steps, { maxLineBytes });
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    problems.push(...error.diagnostics);
    return undefined;
  }
}
