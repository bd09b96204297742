/**
 * Who a dead letter comes from, where that is no output: transforms.
 *
 * @module
 */

/** A task's own transforms. */
export const TASK_TRANSFORMS = "transform";

/** The transforms inside an output's block; no label has a slash. */
export function transformsOf(output: string): string {
  return `${output}/transform`;
}
