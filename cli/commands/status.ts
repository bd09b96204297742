/**
 * `dstream status TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { inputFlag, jsonFlag, pullFlag } from "../flags.ts";
import { runLifecycleCommand } from "../tasks/lifecycle.ts";

/** Joins the command line to {@link runLifecycleCommand}. */
export function define(context: Context) {
  return new Command("status")
    .description("Show the state of what init created.")
    .argument("<task>", "name of a task")
    .addOption(inputFlag)
    .addOption(pullFlag)
    .addOption(jsonFlag)
    .action(async (name, options) => {
      context.exitCode = await runLifecycleCommand("status", name, {
        withInput: options.input === true,
        isJson: options.json === true,
        pull: options.pull,
      }, context);
    });
}
