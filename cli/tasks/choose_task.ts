/**
 * One task by its name, declared or made of a root block.
 *
 * @module
 */

import type { Configuration, Task } from "../../core/config/task.ts";
import { findTask, loadConfiguration, namesOf } from "../configuration.ts";
import type { Context } from "../context.ts";
import { isFamilyName } from "../family_names.ts";

/** A task and what it stands in. */
export interface ChosenTask {
  readonly task: Task;
  readonly configuration: Configuration;
}

/**
 * A declared task; else, for `ingester` and `router`, what the root blocks become.
 * @throws {DstreamError} There is none, or it has mistakes.
 */
export async function chooseTask(
  name: string,
  context: Context,
): Promise<ChosenTask> {
  const configuration = await loadConfiguration(context, { tasks: [name] });
  const isDeclared = namesOf(configuration).includes(name);
  if (isDeclared || !isFamilyName(name)) {
    return { task: findTask(name, configuration), configuration };
  }
  const { loadFamily, requireFamilyTask } = await import("../family.ts");
  const loaded = await loadFamily(context);
  const task = requireFamilyTask(name, loaded);
  return { task, configuration: loaded.configuration };
}
