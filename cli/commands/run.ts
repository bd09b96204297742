/**
 * `dstream run TASK…`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Task } from "../../core/config/task.ts";
import { DstreamError } from "../../core/base/errors.ts";
import { type Project, tasksHint } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import {
  allFlag,
  dryRunFlag,
  failFastFlag,
  maxFlag,
  metricsListenFlag,
  pullFlag,
  reportFlag,
  timeoutFlag,
} from "../flags.ts";
import { openProject } from "../project.ts";
import { prepareTasks } from "../tasks/installing.ts";
import { runTasks } from "../tasks/run_tasks.ts";

const HELP = `
Several tasks run side by side; one that fails does not stop the others,
unless --fail-fast says so. The exit status tells the worst.
Ctrl+C stops cleanly: everything read is delivered first. A second one, later
than a second after the first, ends at once.

Examples:
  dstream run my-pipeline
  dstream run orders customers --log-level warn
  dstream run my-pipeline --max 10 --timeout 30s
  dstream run --all --fail-fast
  dstream run --all --dry-run
  dstream run --all --metrics-listen 127.0.0.1:9464

Exit status: 0 everything is settled, 1 a task failed, 2 wrong usage or
configuration, 130 or 143 stopped by Ctrl+C or SIGTERM.`;

/** Joins the command line to {@link runTasks}. */
export function define(context: Context) {
  return new Command("run")
    .description("Run tasks until their data ends.")
    .argument("[task...]", "names of tasks")
    .addOption(allFlag)
    .addOption(failFastFlag)
    .addOption(dryRunFlag)
    .addOption(maxFlag)
    .addOption(timeoutFlag)
    .addOption(pullFlag)
    .addOption(metricsListenFlag)
    .addOption(reportFlag)
    .addHelpText("after", HELP)
    .action(async (names, options) => {
      requireTasksOrAll(names, options.all === true);
      const project = await openProject(context, {
        tasks: options.all ? undefined : names,
      });
      const tasks = chooseTasks(names, project);
      context.exitCode = await runTasks(
        await prepareTasks(tasks, options.pull, project, context),
        {
          isFailFast: options.failFast === true,
          isDryRun: options.dryRun === true,
          maxEnvelopes: options.max,
          timeoutMs: options.timeout,
          metricsListen: options.metricsListen,
          report: options.report,
        },
        project,
        context,
      );
    });
}

function requireTasksOrAll(names: readonly string[], isAll: boolean): void {
  if (isAll !== names.length > 0) return;
  throw new DstreamError(
    isAll ? "usage.all_and_names" : "usage.task_missing",
    isAll ? "--all and the names of tasks exclude each other" : "which task?",
    {
      isUsage: true,
      hint: isAll
        ? "leave out one of them"
        : "`dstream run TASK` or `dstream run --all`; `dstream list` shows all tasks",
    },
  );
}

/** No names: all of them. A name given twice runs once. */
function chooseTasks(
  names: readonly string[],
  project: Project,
): readonly Task[] {
  if (names.length > 0) {
    return [...new Set(names)].map((name) => project.task(name));
  }
  if (project.tasks.length > 0) return project.tasks;
  throw new DstreamError(
    "config.no_tasks",
    `there is no task to run in ${project.configuration.files.join(", ")}`,
    { hint: tasksHint([]) },
  );
}
