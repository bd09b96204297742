/**
 * `dstream show TASK`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { chooseTask } from "../tasks/choose_task.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { shownTask } from "../tasks/shown_task.ts";
import { formatPrecise } from "../views/hcl.ts";
import { formatTask } from "../views/task.ts";

const HELP = `
\`dstream show ingester\` and \`dstream show router\` show the tasks that the root
blocks ingester and publisher become.`;

/** The task as it would run, every secret replaced. */
export function define(context: Context) {
  return new Command("show")
    .description("Show a task as evaluated, secrets hidden.")
    .argument("<task>", "name of a task")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (name, options) => {
      const { task, project } = await chooseTask(name, context);
      const { secrets } = project.configuration;
      const shown = shownTask(await project.masked(task), secrets);
      await context.print(
        options.json ? formatPrecise(shown) : formatTask(shown),
      );
    });
}
