/**
 * Runs tasks and shows them. The exit status tells the worst that happened.
 *
 * @module
 */

import type {
  PreparedTask,
  Project,
  RunOutcomes,
} from "../../core/project/mod.ts";
import type { Context } from "../context.ts";
import { exitCodeOfOutcome, worstExitCode } from "../exit_code.ts";
import { stopOnSignals } from "../terminal/signals.ts";
import { openView } from "../views/mod.ts";
import { listenerOf } from "../views/run_listener.ts";

/** `--report -` */
const STDOUT = "-";

/** What `dstream run` was told. */
export interface RunFlags {
  readonly isDryRun: boolean;
  /** The first task that fails stops the others. */
  readonly isFailFast?: boolean;
  readonly maxEnvelopes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** `host:port` */
  readonly metricsListen?: string | undefined;
  /** Path of a report as the user wrote it, or `-`. */
  readonly report?: string | undefined;
}

/** @returns The exit status. */
export async function runTasks(
  tasks: readonly PreparedTask[],
  { report, ...flags }: RunFlags,
  project: Project,
  context: Context,
): Promise<number> {
  const { screen, deps: { stdout } } = context;
  using ends = new DisposableStack();
  const { stop } = ends.use(stopOnSignals(context));
  const view = ends.use(openView(context, tasks.length > 1));
  const toStdout = (value: unknown) => context.printJson(value);
  const outcomes = await project.runPrepared(tasks, {
    ...flags,
    report: report === undefined
      ? undefined
      : { to: report === STDOUT ? toStdout : report, ends: endsOf },
    onEvent: listenerOf(view, flags.isDryRun),
    userOutput: (isAlone) => screen.userOutput(isAlone),
    isTerminal: stdout.isTerminal,
    stop,
  });
  return endsOf(outcomes).exitCode;
}

function endsOf(outcomes: RunOutcomes) {
  const exitCodes = new Map(
    [...outcomes].map(([name, end]) => [name, exitCodeOfOutcome(end)]),
  );
  return { exitCode: worstExitCode(exitCodes.values()), exitCodes };
}
