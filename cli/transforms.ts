/**
 * The transforms of tasks, compiled.
 *
 * What compiles expressions and schemas is loaded only for tasks that have some.
 *
 * @module
 */

import type { Task } from "../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../core/base/errors.ts";
import type { Transformer } from "../core/transform/mod.ts";

/** Mistakes and warnings. */
export async function checkTransformsOf(
  { transforms }: Task,
): Promise<readonly Diagnostic[]> {
  if (transforms.length === 0) return [];
  const { checkTransforms } = await import("../core/transform/mod.ts");
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
  const { createTransformer } = await import("../core/transform/mod.ts");
  try {
    return await createTransformer(transforms, { maxLineBytes });
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    problems.push(...error.diagnostics);
    return undefined;
  }
}
