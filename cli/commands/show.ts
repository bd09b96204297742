/**
 * `dstream show TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Configuration } from "../../core/config/task.ts";
import { findTask, loadConfiguration } from "../configuration.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { describePulled } from "../pulled.ts";
import { shownTask } from "../shown_task.ts";
import { formatPrecise } from "../views/hcl.ts";
import { formatTask } from "../views/task.ts";

/** The task as it would run, every secret replaced. */
export function define(context: Context) {
  return new Command("show")
    .description("Show a task as evaluated, secrets hidden.")
    .argument("<task>", "name of a task")
    .addOption(jsonFlag)
    .action(async (name, options) => {
      const configuration: Configuration = await loadConfiguration(context, {
        tasks: [name],
      });
      const task = findTask(name, configuration);
      await describePulled([task], configuration, context);
      const shown = await shownTask(
        task,
        configuration,
        context.providers,
      );
      await context.print(
        options.json ? formatPrecise(shown) : formatTask(shown),
      );
    });
}
