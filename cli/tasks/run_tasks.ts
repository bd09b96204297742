/**
 * Runs tasks side by side in one process.
 *
 * One task's failure doesn't stop the others unless that is wished for; a signal
 * stops all of them. The exit status tells the worst that happened.
 *
 * @module
 */

import type { PipelineEvent, RunOutcome } from "../../core/pipeline/events.ts";
import type { Context } from "../context.ts";
import {
  exitCodeOfOutcome,
  FAIL_FAST,
  TIMEOUT,
  worstExitCode,
} from "../exit_code.ts";
import type { PreparedTask } from "../prepare.ts";
import { newRunId } from "../run_id.ts";
import { StopSwitch } from "../terminal/stop.ts";
import { openView } from "../views/mod.ts";
import type { RunView, TaskView } from "../views/view.ts";
import { RunWatch } from "../watch.ts";

/** What `dstream run` was told. */
export interface RunFlags {
  readonly isDryRun: boolean;
  /** The first task that fails stops the others. */
  readonly isFailFast?: boolean;
  readonly maxEnvelopes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** `host:port` */
  readonly metricsListen?: string | undefined;
  /** Path of a report, as the user wrote it. */
  readonly report?: string | undefined;
}

/** @returns The exit status. */
export async function runTasks(
  tasks: readonly PreparedTask[],
  flags: RunFlags,
  context: Context,
): Promise<number> {
  const { clock, signals } = context.deps;
  const stop = new StopSwitch(clock);
  using ends = new DisposableStack();
  ends.defer(signals.subscribe((signal) => stop.request(signal)));
  ends.defer(startTimeout(flags.timeoutMs, stop, context));
  const view = ends.use(openView(context, tasks.length > 1));
  await using watch = await RunWatch.begin(flags, view, context);
  const run = { flags, context, stop, view, watch };
  const isAlone = tasks.length === 1;
  const outcomes = await Promise.all(
    tasks.map((task) => runOne(task, isAlone, run)),
  );
  const exitCodes = outcomes.map(exitCodeOfOutcome);
  const names = tasks.map(({ task }) => task.name);
  const exitCode = worstExitCode(exitCodes);
  await watch.report({
    exitCode,
    exitCodes: new Map(names.map((name, i) => [name, exitCodes[i]])),
  });
  return exitCode;
}

/** What the tasks of one command line share. */
interface SharedRun {
  readonly flags: RunFlags;
  readonly context: Context;
  readonly stop: StopSwitch;
  readonly view: RunView;
  readonly watch: RunWatch;
}

async function runOne(
  task: PreparedTask,
  isAlone: boolean,
  run: SharedRun,
): Promise<RunOutcome> {
  const { clock, random } = run.context.deps;
  const runId = newRunId(clock, random);
  const shown = run.watch.task(task.task, runId, run.view);
  const outcome = await untilEnd(task, runId, isAlone, shown, run);
  shown.end({ outcome, isDryRun: run.flags.isDryRun });
  if (outcome.status === "failed" && run.flags.isFailFast) {
    run.stop.requestOnce(FAIL_FAST);
  }
  return outcome;
}

/** Returns when the task has ended and all its output is written. */
async function untilEnd(
  prepared: PreparedTask,
  runId: string,
  isAlone: boolean,
  shown: TaskView,
  { flags, context, stop }: SharedRun,
): Promise<RunOutcome> {
  const { clock, random, spawner, stdout, env } = context.deps;
  await using userOutput = closing(context.screen.userOutput(isAlone));
  return await context.deps.runTask({
    ...prepared,
    runId,
    clock,
    random,
    spawner,
    onEvent: flags.isDryRun ? untilReady(shown) : (e) => shown.onEvent(e),
    onCounters: (counters) => shown.onCounters(counters),
    userOutput: userOutput.stream,
    isTerminal: stdout.isTerminal,
    onStop: stop.onStop,
    maxEnvelopes: flags.maxEnvelopes,
    isDryRun: flags.isDryRun,
    // The way without FFI, for benchmarks and for where that makes trouble.
    relay: env.DSTREAM_RELAY === "plain" ? "plain" : "auto",
  });
}

/**
 * After the handshakes a dry run ends both providers in mid-air. What they say to
 * that would only alarm.
 */
function untilReady(shown: TaskView): (event: PipelineEvent) => void {
  let isReady = false;
  return (event) => {
    const isRemark = event.kind === "provider_log" || event.kind === "notice";
    if (isReady && isRemark) shown.onEvent({ ...event, level: "debug" });
    else shown.onEvent(event);
    isReady ||= event.kind === "ready" && event.side === "input";
  };
}

/** Closes the stream at the end of the block; one that broke is no news. */
export function closing(stream: WritableStream<Uint8Array>) {
  return {
    stream,
    [Symbol.asyncDispose]: async () => {
      if (!stream.locked) await stream.close().catch(() => {});
    },
  };
}

/** Asks to stop when the time is over; returns how to call that off. */
function startTimeout(
  timeoutMs: number | undefined,
  stop: StopSwitch,
  context: Context,
): () => void {
  if (timeoutMs === undefined) return () => {};
  const isOver = new AbortController();
  context.deps.clock.sleep(timeoutMs, isOver.signal).then(
    () => stop.request(TIMEOUT),
    () => {},
  );
  return () => isOver.abort();
}
