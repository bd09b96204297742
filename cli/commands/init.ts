/**
 * `dstream init [TASK]`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { DstreamError } from "../../core/base/errors.ts";
import { chooseTask } from "../tasks/choose_task.ts";
import { openProject } from "../project.ts";
import type { Context } from "../context.ts";
import { inputFlag, jsonFlag, upgradeFlag } from "../flags.ts";
import { runLifecycleCommand } from "../tasks/lifecycle.ts";
import type { LockWishes } from "../providers/locking.ts";
import { hasReference, type Project } from "../../core/project/mod.ts";

const HELP = `
Without a task: fixes the version and the digests of every provider_ref in
.dstream.lock.hcl, beside the configuration. Commit that file: every machine then
runs the same bytes, and \`dstream run\` needs no network for what it has.
With a task: the same, then the task's output is asked to create what it needs.

Examples:
  dstream init                 lock the providers of all tasks
  dstream init --upgrade       move on to what the references stand for now
  dstream init orders          lock, then create what the task "orders" needs`;

/** Locks, then asks a task's providers. */
export function define(context: Context) {
  return new Command("init")
    .description("Lock the versions of providers; create what a task needs.")
    .argument("[task]", "name of a task")
    .addOption(upgradeFlag)
    .addOption(inputFlag)
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (name, options) => {
      const isJson = options.json === true;
      const isUpgrade = options.upgrade === true;
      // With a task, what it reports is the result.
      const isQuiet = name !== undefined;
      await lock(name, { isUpgrade, isJson, isQuiet }, context);
      if (name === undefined) return;
      context.exitCode = await runLifecycleCommand("init", name, {
        withInput: options.input === true,
        isJson,
      }, context);
    });
}

/** What hinders the providers of other tasks must not hinder the one that is named. */
async function lock(
  name: string | undefined,
  wishes: LockWishes,
  context: Context,
): Promise<void> {
  if (name === undefined) return await lockAll(wishes, context);
  const { task, project } = await chooseTask(name, context);
  try {
    await lockAll({ ...wishes, isJson: false }, context);
  } catch (error) {
    if (!(error instanceof DstreamError)) throw error;
    if (hasReference(task)) {
      await lockTasks(project, false, wishes, context);
    }
    context.note(
      "lock.partial",
      `the providers of other tasks are not locked: ${error.message}`,
      "warn",
    );
  }
}

async function lockAll(wishes: LockWishes, context: Context): Promise<void> {
  const project = await openProject(context, { allowMissingEnv: true });
  const isLoose = project.tasks.some(hasReference);
  // Built-ins alone are nothing to lock; only who asks for it is told.
  if (!isLoose && wishes.isQuiet) return;
  await lockTasks(project, true, wishes, context);
}

async function lockTasks(
  project: Project,
  isWhole: boolean,
  wishes: LockWishes,
  context: Context,
): Promise<void> {
  const { lockProject } = await import("../providers/locking.ts");
  await lockProject(project, isWhole, wishes, context);
}
