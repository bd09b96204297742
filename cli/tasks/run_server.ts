/**
 * `dstream ingester`, `router` and `server`: what they need is made, then the
 * tasks run.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import type { ReportItem } from "../../core/pipeline/lifecycle_report.ts";
import type { Task } from "../../core/config/task.ts";
import {
  type PreparedTask,
  type Project,
  type ServerTaskName,
  tasksOf,
} from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { Interrupted } from "../terminal/interrupted.ts";
import { openServer } from "./choose_task.ts";
import { prepareTasks } from "./installing.ts";
import { ask } from "./lifecycle.ts";
import { type RunFlags, runTasks } from "./run_tasks.ts";

/** What the user said. */
export interface ServerFlags {
  /** Whether queue and topics are made. */
  readonly isInit: boolean;
  readonly timeoutMs: number | undefined;
  readonly metricsListen: string | undefined;
  readonly report: string | undefined;
}

/** @returns The exit status. */
export async function runServer(
  names: readonly ServerTaskName[],
  { isInit, ...flags }: ServerFlags,
  context: Context,
): Promise<number> {
  const project = await openServer(context);
  for (const name of names) await project.serverTask(name);
  // Both are checked: each makes what the two of them need.
  const tasks = tasksOf(await project.serverTasks());
  const all = await prepareTasks(tasks, undefined, project, context);
  const wanted = all.filter(({ task }) =>
    names.includes(task.name as ServerTaskName)
  );
  if (isInit) {
    await unlessStopped(context, async () => {
      for (const { task } of wanted) await seeTables(task, project, context);
    });
    await unlessStopped(context, () => makeAll(all, project, context));
  }
  const run: RunFlags = { ...flags, isDryRun: false, isFailFast: true };
  return await runTasks(wanted, run, project, context);
}

/** Nothing is made for a table that isn't there. Only an ingester has a database. */
async function seeTables(
  task: Task,
  project: Project,
  context: Context,
): Promise<void> {
  const [block] = task.inputs;
  const { source } = block;
  if (source.kind !== "builtin" || source.name !== "mssql") return;
  const { hasFailed, items } = await ask("plan", task, block, project, context);
  if (!hasFailed) return;
  throw new DstreamError(
    "family.tables_unseen",
    `the ${task.name} can't see its tables: ${whyIn(items)}`,
    { at: block.at, hint: "nothing was made yet" },
  );
}

/** A signal meanwhile ends it as a run, whatever came of it. */
async function unlessStopped(
  context: Context,
  use: () => Promise<void>,
): Promise<void> {
  let stoppedBy: string | undefined;
  const unsubscribe = context.deps.signals.subscribe((signal) =>
    stoppedBy ??= signal
  );
  const [outcome] = await Promise.allSettled([use()]);
  unsubscribe();
  if (stoppedBy !== undefined) throw new Interrupted(stoppedBy);
  if (outcome.status === "rejected") throw outcome.reason;
}

/** The ingest queue and the topics: who comes first makes both. */
async function makeAll(
  tasks: readonly PreparedTask[],
  project: Project,
  context: Context,
): Promise<void> {
  const made = await Promise.allSettled(
    tasks.map(({ task }) => makeOf(task, project, context)),
  );
  const failed = made.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function makeOf(
  task: Task,
  project: Project,
  context: Context,
): Promise<void> {
  const [block] = task.outputs;
  const { source } = block;
  if (source.kind !== "builtin" || source.name !== "servicebus") return;
  const report = await ask("init", task, block, project, context)
    .catch((error) => {
      throw error instanceof DstreamError ? withWayOut(error) : error;
    });
  if (report.hasFailed) throw initFailed(task, report.items);
  tellMade(report.items, context);
}

const WAY_OUT = "with --no-init nothing is made, and no right to manage needed";

/** What the provider says, and what else can be done. */
function withWayOut(error: DstreamError): DstreamError {
  const { code, message, at, details, cause, hint } = error;
  return new DstreamError(code, message, {
    details,
    cause,
    hint: hint ? `${hint}; ${WAY_OUT}` : WAY_OUT,
    ...at !== undefined && { at },
  });
}

function initFailed(
  task: Task,
  items: readonly ReportItem[],
): DstreamError {
  return new DstreamError(
    "family.init_failed",
    `what the ${task.name} writes to can't be made: ${whyIn(items)}`,
    {
      at: task.outputs[0].at,
      hint: WAY_OUT,
    },
  );
}

function whyIn(items: readonly ReportItem[]): string {
  const [why] = items.flatMap((item) =>
    item.kind === "resources" ? item.error ?? [] : []
  );
  return why ?? "it doesn't say why";
}

/** One line for what is new; nothing when all was there. */
function tellMade(items: readonly ReportItem[], context: Context): void {
  const changes = items.flatMap((item) =>
    item.kind === "changes" ? item.changes : []
  );
  for (const [action, verb] of [["create", "made"], ["update", "changed"]]) {
    const some = changes.filter((change) => change.action === action);
    if (some.length === 0) continue;
    const names = some.map(({ type, name }) => `${type} ${name}`).join(", ");
    context.note("family.made", `${verb} ${names}`);
  }
  for (const { type, name, unchangeable } of changes) {
    const parts = String(unchangeable ?? "").split(", ");
    if (type === "queue" && parts.includes("sessions")) {
      warnOfSessions(name, context);
    }
  }
}

function warnOfSessions(queue: string, context: Context): void {
  context.note(
    "family.no_sessions",
    `the queue ${queue} has no sessions: with one router alone each table ` +
      "keeps its order; to run several, let it be made anew with sessions",
    "warn",
  );
}
