/**
 * `init`, `plan`, `status`, `destroy`: one story, four words.
 *
 * The output is asked; with `--input` the input too. What the output needs is
 * created before and removed after what the input needs.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../../core/config/task.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { PullPolicy } from "../../core/install/install_options.ts";
import type { LifecycleReport } from "../../core/pipeline/lifecycle.ts";
import type { LifecycleName, Project } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { stopOnSignals } from "../terminal/signals.ts";
import { renderDiagnostics } from "../views/failure.ts";
import { openView } from "../views/mod.ts";
import { formatReport } from "../views/report.ts";
import { chooseTask } from "./choose_task.ts";
import { installing } from "./installing.ts";

/** What the user said besides the task. */
export interface LifecycleFlags {
  readonly withInput: boolean;
  readonly isJson: boolean;
  readonly pull?: PullPolicy | undefined;
  /** Asked before anything is started; throws to call it off. */
  readonly confirm?: (task: Task) => Promise<void>;
}

/** The ends of the last line. */
const DONE: Readonly<Record<LifecycleName, (task: string) => string>> = {
  init: (task) => `Infrastructure for task "${task}" initialized successfully`,
  plan: (task) =>
    `Infrastructure plan for task "${task}" completed successfully`,
  status: (task) =>
    `Infrastructure status for task "${task}" retrieved successfully`,
  destroy: (task) => `Infrastructure for task "${task}" destroyed successfully`,
};

/** @returns The exit status. */
export async function runLifecycleCommand(
  command: LifecycleName,
  taskName: string,
  flags: LifecycleFlags,
  context: Context,
): Promise<number> {
  const { task: given, project } = await chooseTask(taskName, context);
  {
    using wishes = await installing([given], flags.pull, context);
    await project.install(given, wishes);
  }
  const { task } = await project.masked(given);
  if (command === "init") await warnOfMisreadings(project, context);
  await flags.confirm?.(task);
  const reports: LifecycleReport[] = [];
  const documents: unknown[] = [];
  const blocks = blocksOf(task, command, flags.withInput);
  for (const block of blocks) {
    const report = await ask(command, task, block, project, context);
    reports.push(report);
    if (flags.isJson) documents.push(documentOf(block, report));
    else await printReport(block, blocks.length > 1, report, context);
  }
  if (flags.isJson) {
    await context.printJson({ task: task.name, providers: documents });
  }
  context.say(endLine(command, task.name, reports));
  const hasFailed = reports.some((report) => report.hasFailed);
  return hasFailed ? ExitCode.failed : ExitCode.ok;
}

function documentOf({ side, label }: ProviderBlock, report: LifecycleReport) {
  return { side, label, items: report.items };
}

/** What is made for good should not rest on a misunderstanding. */
async function warnOfMisreadings(
  project: Project,
  context: Context,
): Promise<void> {
  const warnings = await project.refereeWarnings();
  if (warnings.length === 0) return;
  context.say(renderDiagnostics(warnings, context.paint));
}

function blocksOf(
  task: Task,
  command: LifecycleName,
  withInput: boolean,
): readonly ProviderBlock[] {
  if (task.type === "plugin") throw pluginRefused(task, command);
  if (!withInput) return task.outputs;
  return command === "destroy"
    ? [...task.inputs, ...task.outputs]
    : [...task.outputs, ...task.inputs];
}

/** Starts one provider for one word, and shows what it says on the way. */
export async function ask(
  command: LifecycleName,
  task: Task,
  block: ProviderBlock,
  project: Project,
  context: Context,
): Promise<LifecycleReport> {
  using ends = new DisposableStack();
  const { stop } = ends.use(stopOnSignals(context));
  const view = ends.use(openView(context, false)).task(task.name);
  return await project.ask(command, task, block, {
    onEvent: (event) => view.onEvent(event),
    isTerminal: context.deps.stdout.isTerminal,
    stop,
  });
}

/** @param isOneOfSeveral Says whose report it is. */
async function printReport(
  block: ProviderBlock,
  isOneOfSeveral: boolean,
  { items }: LifecycleReport,
  context: Context,
): Promise<void> {
  const text = formatReport(items, context.paintStdout);
  if (isOneOfSeveral) await context.print(`${titleOf(block)}:`);
  if (text !== "") await context.print(text);
}

/** `output archive` */
function titleOf({ side, label }: ProviderBlock): string {
  return label === undefined ? side : `${side} ${label}`;
}

function endLine(
  command: LifecycleName,
  task: string,
  reports: readonly LifecycleReport[],
): string {
  if (reports.some((report) => report.hasFailed)) {
    return `❌ ${command} failed for task "${task}": the provider says so above`;
  }
  return command === "destroy" && reports.every(saysNothingToDo)
    ? `✅ There was nothing to destroy for task "${task}"`
    : `✅ ${DONE[command](task)}`;
}

/** It listed its changes, and there is none. */
function saysNothingToDo({ items }: LifecycleReport): boolean {
  return items.some(({ kind }) => kind === "changes") &&
    items.every((item) =>
      item.kind === "changes" &&
      item.changes.every(({ action }) => action === "none")
    );
}

function pluginRefused(task: Task, command: string): DstreamError {
  return new DstreamError(
    "config.plugin_not_supported",
    `legacy plugin tasks only support 'run' command, got '${command}'`,
    { at: task.at, hint: 'only tasks of type "providers" have more' },
  );
}
