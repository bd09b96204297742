/**
 * The transforms of tasks, compiled.
 *
 * What compiles expressions and schemas is loaded only for tasks that have some.
 *
 * @module
 */

import type { Task } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import type { Transformer } from "../transform/mod.ts";

/** Mistakes and warnings. */
export async function checkTransformsOf(
  { transforms }: Task,
): Promise<readonly Diagnostic[]> {
  if (transforms.length === 0) return [];
  const { checkTransforms } = await import("../transform/mod.ts");
  return await checkTransforms(transforms);
}

/**
 * @param problems Gets the mistakes.
 * @returns Nothing when there are no transforms, or mistakes in them.
 */
export async function prepareTransformer(
  { transforms, maxLineBytes }: Task,
  problems: Diagnostic[],
): Promise<Transformer | undefined> {
  if (transforms.length === 0) return undefined;
  const { createTransformer } = await import("../transform/mod.ts");
  try {
    return await createTransformer(transforms, { maxLineBytes });
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    problems.push(...error.diagnostics);
    return undefined;
  }
}
