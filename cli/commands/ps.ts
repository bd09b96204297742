/**
 * `dstream ps`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { readRuns } from "../tasks/running_tasks.ts";
import { formatRuns } from "../views/runs_table.ts";

const HELP = `
Shows your own runs on this machine, as of the last second. RATE is an average
over two seconds, IN FLIGHT what was read and not acknowledged. The status is
starting, running, waiting for output (its window is full), restarting, stopping,
or how the task ended while others of its run go on.

Examples:
  dstream ps
  dstream ps --json                        one object for each run`;

/** Prints the table, or the statuses as they are. */
export function define(context: Context) {
  return new Command("ps")
    .description("List the tasks running on this machine.")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async ({ json = false }) => {
      const runs = await readRuns(context);
      if (json) return await context.printJson(runs);
      if (runs.length === 0) return context.say("no task is running");
      const { clock, env } = context.deps;
      const options = { nowMs: clock.wallMs(), home: env.HOME };
      await context.print(formatRuns(runs, options));
    });
}
