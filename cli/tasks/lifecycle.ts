/**
 * `init`, `plan`, `status`, `destroy`: one story, four words.
 *
 * The output is asked; with `--input` the input too. What the output needs is
 * created before and removed after what the input needs.
 *
 * @module
 */

import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../../core/config/task.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { PullPolicy } from "../../core/install/install.ts";
import type { LifecycleReport } from "../../core/pipeline/lifecycle.ts";
import type { CommandName } from "../../core/protocol/command.ts";
import { chooseTask } from "./choose_task.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { resolveBlock } from "../prepare.ts";
import { installPulled } from "../pulled.ts";
import { newRunId } from "../run_id.ts";
import { secondOpinions } from "../second_opinion.ts";
import { secretsOf, shieldTask } from "../shield.ts";
import { StopSwitch } from "../terminal/stop.ts";
import { renderDiagnostics } from "../views/failure.ts";
import { openView } from "../views/mod.ts";
import { formatReport } from "../views/report.ts";

/** The four words. */
export type LifecycleName = Exclude<CommandName, "run">;

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
  const { task: given, configuration } = await chooseTask(taskName, context);
  await installPulled([given], configuration, context, flags.pull);
  const task = await shieldTask(given, context.providers);
  if (command === "init") await warnOfSecondOpinions(context);
  await flags.confirm?.(task);
  let hasFailed = false;
  const blocks = blocksOf(task, command, flags.withInput);
  for (const block of blocks) {
    const report = await ask(command, task, block, configuration, context);
    hasFailed ||= report.hasFailed;
    if (flags.isJson) {
      const { side, label } = block;
      await context.printJson({ side, label, items: report.items });
    } else await printReport(block, blocks.length > 1, report, context);
  }
  context.say(endLine(command, task.name, hasFailed));
  return hasFailed ? ExitCode.failed : ExitCode.ok;
}

/** What is made for good should not rest on a misunderstanding. */
async function warnOfSecondOpinions(context: Context): Promise<void> {
  const opinions = await secondOpinions(context);
  if (opinions.length === 0) return;
  context.say(renderDiagnostics(opinions, context.paint));
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

/** Starts one provider for one word. */
export async function ask(
  command: LifecycleName,
  task: Task,
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
): Promise<LifecycleReport> {
  const { clock, random, spawner, signals, stdout } = context.deps;
  const provider = await resolveBlock(block, configuration, context);
  const stop = new StopSwitch(clock);
  using ends = new DisposableStack();
  ends.defer(signals.subscribe((signal) => stop.request(signal)));
  const view = ends.use(openView(context, false)).task(task.name);
  return await context.deps.runLifecycle({
    command,
    task,
    block,
    provider,
    runId: newRunId(clock, random),
    clock,
    spawner,
    onEvent: (event) => view.onEvent(event),
    secrets: secretsOf(task, configuration),
    isTerminal: stdout.isTerminal,
    onStop: stop.onStop,
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
  hasFailed: boolean,
): string {
  return hasFailed
    ? `❌ ${command} failed for task "${task}": the provider says so above`
    : `✅ ${DONE[command](task)}`;
}

function pluginRefused(task: Task, command: string): DstreamError {
  return new DstreamError(
    "config.plugin_not_supported",
    `the plugin task "${task.name}" has no ${command}`,
    { at: task.at, hint: 'only tasks of type "providers" do' },
  );
}
