/**
 * Pulled providers, for commands that mostly have none: what pulls them is loaded
 * only when a task names one.
 *
 * @module
 */

import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../core/base/errors.ts";
import type { PullPolicy } from "../core/install/install.ts";
import type { Context } from "./context.ts";
import { sortByPlace } from "./problems.ts";

/** Gets what is missing; see installing.ts. */
export async function installPulled(
  tasks: readonly Task[],
  configuration: Configuration,
  context: Context,
  pull?: PullPolicy,
): Promise<void> {
  if (!tasks.some(hasReference)) return;
  const { installProviders } = await import("./installing.ts");
  const { checkTasks } = await import("./validation.ts");
  // Nothing is fetched for tasks that can't run anyway.
  const problems = await checkTasks(tasks, configuration, context);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  await installProviders(tasks, configuration, context, pull);
}

/** What is known of them without getting anything; see installing.ts. */
export async function describePulled(
  tasks: readonly Task[],
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  if (!tasks.some(hasReference)) return [];
  const { describeProviders } = await import("./installing.ts");
  return await describeProviders(tasks, configuration, context);
}

/** Every block that starts a provider. */
export function blocksOf(
  { inputs, outputs, deadLetter }: Task,
): ProviderBlock[] {
  return [...inputs, ...outputs, ...deadLetter ? [deadLetter] : []];
}

/** Whether one of them comes from a registry. */
export function hasReference(task: Task): boolean {
  return blocksOf(task).some(({ source }) => source.kind === "reference");
}
