/**
 * `dstream destroy TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Task } from "../../core/config/task.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { Context } from "../context.ts";
import { inputFlag, jsonFlag, pullFlag, yesFlag } from "../flags.ts";
import { runLifecycleCommand } from "../tasks/lifecycle.ts";

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

async function confirm(task: Task, context: Context): Promise<void> {
  const { stdin, stderr } = context.deps;
  if (!stdin.isTerminal) {
    throw new DstreamError(
      "usage.confirmation_missing",
      `destroy of "${task.name}" needs a yes`,
      { isUsage: true, hint: "add --yes where nobody can be asked" },
    );
  }
  const question =
    `This removes what init created for task "${task.name}". Type its name to go on: `;
  await stderr.write(new TextEncoder().encode(question));
  if ((await stdin.readLine())?.trim() === task.name) return;
  throw new DstreamError("usage.not_confirmed", "nothing was destroyed", {
    isUsage: true,
  });
}
