/**
 * What the commands `ingester`, `router` and `server` have in common.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import type { ServerTaskName } from "../../core/project/mod.ts";
import {
  metricsListenFlag,
  noInitFlag,
  reportFlag,
  timeoutFlag,
} from "../flags.ts";
import { runServer } from "../tasks/run_server.ts";

const COMMON = `
The root blocks ingester and publisher of the configuration say what to do;
docs/ingester.md has every key. The queue, the topics and their subscriptions are
made first where they are missing.

Exit status: 0 stopped by --timeout, 1 failed, 2 wrong usage or configuration,
130 or 143 stopped by Ctrl+C or SIGTERM.`;

/** @param help What this one does, before what they share. */
export function serverCommand(
  name: string,
  description: string,
  help: string,
  runs: readonly ServerTaskName[],
  context: Context,
) {
  return new Command(name)
    .description(description)
    .addOption(noInitFlag)
    .addOption(timeoutFlag)
    .addOption(metricsListenFlag)
    .addOption(reportFlag)
    .addHelpText("after", `${help}\n${COMMON.slice(1)}`)
    .action(async (options) => {
      context.exitCode = await runServer(runs, {
        isInit: options.init,
        timeoutMs: options.timeout,
        metricsListen: options.metricsListen,
        report: options.report,
      }, context);
    });
}
