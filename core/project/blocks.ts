/**
 * The blocks of a task that start a provider, and which of them come from a registry.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../config/task.ts";

/** Every block that starts a provider. */
export function blocksOf(task: Task): ProviderBlock[] {
  const { inputs, outputs, deadLetter, plugin } = task;
  return [
    ...inputs,
    ...outputs,
    ...deadLetter ? [deadLetter] : [],
    ...plugin ? [plugin.block] : [],
  ];
}

/** Whether one of them comes from a registry. */
export function hasReference(task: Task): boolean {
  return blocksOf(task).some(isPulled);
}

/** Whether the block's provider comes from a registry. */
export function isPulled({ source }: ProviderBlock): boolean {
  return source.kind === "reference";
}
