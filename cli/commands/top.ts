/**
 * `dstream top`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { readRuns } from "../tasks/running_tasks.ts";
import { showLive } from "../views/live.ts";
import { formatRuns } from "../views/runs_table.ts";

const HELP = `
The table is drawn again every second; q or Ctrl+C ends. Into a pipe it is
printed once.

Examples:
  dstream top`;

/** Draws until the user has seen enough. */
export function define(context: Context) {
  return new Command("top")
    .description("Watch the tasks running on this machine.")
    .addHelpText("after", HELP)
    .action(async () => {
      const { stdin, stdout } = context.deps;
      const isLive = stdin.isTerminal && stdout.isTerminal &&
        context.deps.env.TERM !== "dumb" && stdin.onKey !== undefined;
      if (!isLive) return await context.print(await drawRuns(context));
      await showLive(context, () => drawRuns(context));
    });
}

async function drawRuns(context: Context): Promise<string> {
  const { clock, env } = context.deps;
  const nowMs = clock.wallMs();
  const runs = await readRuns(context);
  if (runs.length === 0) return "no task is running";
  return formatRuns(runs, { nowMs, home: env.HOME, isWide: true });
}
