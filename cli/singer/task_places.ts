/**
 * A task made on the fly: opened, with places for what no later run needs.
 *
 * @module
 */

import { join } from "node:path";
import { openProject, type Project } from "../../core/project/mod.ts";
import type { Json } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import type { Block } from "./plans.ts";
import { TASK, taskText } from "./task_text.ts";

/** Where a task keeps what no later run needs. */
export class TaskPlaces implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async create(): Promise<TaskPlaces> {
    return new TaskPlaces(await Deno.makeTempDir({ prefix: "dstreams-" }));
  }

  async open(
    input: Block,
    output: Block,
    restarts: boolean,
    context: Context,
  ): Promise<Project> {
    const { folder } = this;
    const project = await openProject({
      path: TASK,
      text: taskText(input, output, {
        statePath: join(folder, "state.json"),
        spoolPath: join(folder, "spool"),
      }, restarts),
      get logLevel() {
        return context.log().level;
      },
    }, context.deps);
    void project.configuration;
    return project;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true }).catch(() => {});
  }
}

/** What the task's input said last, as far as it was stored. */
export async function newestState(project: Project): Promise<Json | undefined> {
  const states = await project.states.load(TASK);
  return Object.values(states)[0]?.state;
}
