/**
 * One task by its name, declared or made of a root block.
 *
 * @module
 */

import type { Task } from "../../core/config/task.ts";
import { isServerTaskName, type Project } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { openProject } from "../project.ts";

/** A task and what it stands in. */
export interface ChosenTask {
  readonly task: Task;
  readonly project: Project;
}

/**
 * A declared task; else, for `ingester` and `router`, what the root blocks become.
 * @throws {DstreamError} There is none, or it has mistakes.
 */
export async function chooseTask(
  name: string,
  context: Context,
): Promise<ChosenTask> {
  const project = await openProject(context, { tasks: [name] });
  const isDeclared = project.taskNames.includes(name);
  if (isDeclared || !isServerTaskName(name)) {
    return { task: project.task(name), project };
  }
  const server = await openServer(context);
  return { task: await server.serverTask(name), project: server };
}

/** No task but what the root blocks `ingester` and `publisher` become. */
export function openServer(context: Context): Promise<Project> {
  return openProject(context, { tasks: [], hasServerBlocks: true });
}
