/**
 * `dstream destroy TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Task } from "../../core/config/task.ts";
import type { Context } from "../context.ts";
import { inputFlag, jsonFlag, pullFlag, yesFlag } from "../flags.ts";
import { runLifecycleCommand } from "../tasks/lifecycle.ts";
import { confirmByName } from "../terminal/confirm.ts";

const DESTROYING = { verb: "destroy", done: "destroyed" };

/** Nothing is removed without a yes: by word or by `--yes`. */
export function define(context: Context) {
  return new Command("destroy")
    .description("Remove what init created.")
    .argument("<task>", "name of a task")
    .addOption(yesFlag)
    .addOption(inputFlag)
    .addOption(pullFlag)
    .addOption(jsonFlag)
    .action(async (name, options) => {
      context.exitCode = await runLifecycleCommand("destroy", name, {
        withInput: options.input === true,
        isJson: options.json === true,
        pull: options.pull,
        confirm: options.yes ? undefined : (task) => confirm(task, context),
      }, context);
    });
}

function confirm(task: Task, context: Context): Promise<void> {
  const what = `This removes what init created for task "${task.name}".`;
  return confirmByName(task.name, what, DESTROYING, context);
}
