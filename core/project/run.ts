/**
 * Runs tasks side by side in one process.
 *
 * One task's failure doesn't stop the others unless that is wished for; a request
 * to stop is for all of them.
 *
 * @module
 */

import type { PipelineEvent, RunOutcome } from "../pipeline/events.ts";
import type { ReportEnds } from "../observe/run_report.ts";
import type { RunListener } from "./events.ts";
import type { PreparedTask } from "./prepare.ts";
import { newRunId } from "./run_id.ts";
import type { Site } from "./site.ts";
import { StartQueue } from "./start_queue.ts";
import { FAIL_FAST, startTimeout, StopSwitch } from "./stop.ts";
import { type ReportTaker, RunWatch, type TaskListener } from "./watch.ts";

/** How tasks are run. */
export interface RunWishes {
  /** Everything up to the handshakes, nothing streamed. */
  readonly isDryRun?: boolean | undefined;
  /** The first task that fails stops the others. */
  readonly isFailFast?: boolean | undefined;
  /** Each task stops after so many envelopes were settled. */
  readonly maxEnvelopes?: number | undefined;
  readonly timeoutMs?: number | undefined;
  /** `host:port` for Prometheus. */
  readonly metricsListen?: string | undefined;
  /** A file that is written at the end, and the exit statuses in it. */
  readonly report?: {
    /** A path, or whoever takes the report as a value. */
    readonly to: string | ReportTaker;
    readonly ends: (outcomes: RunOutcomes) => ReportEnds;
  } | undefined;
  readonly onEvent?: RunListener | undefined;
  /** Takes what outputs print; default: nobody sees it. */
  readonly userOutput?:
    | ((isAlone: boolean) => WritableStream<Uint8Array>)
    | undefined;
  /** Makes control characters in providers' text visible. */
  readonly isTerminal?: boolean | undefined;
  /** Asks all tasks to stop: what was read is delivered first. */
  readonly stop?: StopSwitch | undefined;
}

/** How each task ended, by its name. */
export type RunOutcomes = ReadonlyMap<string, RunOutcome>;

/** Returns when all of them have ended. Never rejects for what providers do. */
export async function runTasks(
  tasks: readonly PreparedTask[],
  wishes: RunWishes,
  site: Site,
): Promise<RunOutcomes> {
  const { clock } = site.world;
  const { metricsListen, report, timeoutMs } = wishes;
  const stop = wishes.stop ?? new StopSwitch(clock);
  using ends = new DisposableStack();
  ends.defer(startTimeout(timeoutMs, stop, clock));
  await using watch = await RunWatch.begin(
    { metricsListen, report: report?.to },
    wishes.onEvent ?? (() => {}),
    site,
  );
  const starts = new StartQueue(stop);
  const isAlone = tasks.length === 1;
  const run = { wishes, site, stop, watch, starts, isAlone };
  const outcomes = new Map(
    await Promise.all(
      tasks.map(async (task) =>
        [task.task.name, await runOne(task, run)] as const
      ),
    ),
  );
  if (report !== undefined) await watch.report(report.ends(outcomes));
  return outcomes;
}

/** What the tasks of one run share. */
interface SharedRun {
  readonly wishes: RunWishes;
  readonly site: Site;
  readonly stop: StopSwitch;
  readonly watch: RunWatch;
  readonly starts: StartQueue;
  readonly isAlone: boolean;
}

async function runOne(
  task: PreparedTask,
  run: SharedRun,
): Promise<RunOutcome> {
  const { clock, random } = run.site.world;
  const started = await run.starts.enter();
  const runId = newRunId(clock, random);
  const listener = untilStarted(run.watch.task(task.task, runId), started);
  const outcome = await untilEnd(task, runId, listener, run);
  started();
  listener.end(outcome);
  if (outcome.status === "failed" && run.wishes.isFailFast) {
    run.stop.requestOnce(FAIL_FAST);
  }
  return outcome;
}

/** The next may start when this one's input is ready, the last of its parts. */
function untilStarted(
  listener: TaskListener,
  started: () => void,
): TaskListener {
  return {
    ...listener,
    onEvent: (event) => {
      if (event.kind === "ready" && event.side === "input") started();
      listener.onEvent(event);
    },
  };
}

/** Returns when the task has ended and all its output is written. */
async function untilEnd(
  prepared: PreparedTask,
  runId: string,
  listener: TaskListener,
  { wishes, site, stop, isAlone }: SharedRun,
): Promise<RunOutcome> {
  const { clock, random, spawner, env } = site.world;
  const { userOutput: open = nowhere, isDryRun = false } = wishes;
  await using userOutput = closing(open(isAlone));
  return await site.world.runTask({
    ...prepared,
    runId,
    clock,
    random,
    spawner,
    onEvent: isDryRun ? untilReady(listener) : listener.onEvent,
    onCounters: listener.onCounters,
    userOutput: userOutput.stream,
    isTerminal: wishes.isTerminal ?? false,
    onStop: stop.onStop,
    maxEnvelopes: wishes.maxEnvelopes,
    isDryRun,
    // The way without FFI, for benchmarks and for where that makes trouble.
    relay: env.DSTREAM_RELAY === "plain" ? "plain" : "auto",
  });
}

/**
 * After the handshakes a dry run ends both providers in mid-air. What they say to
 * that would only alarm.
 */
function untilReady(
  { onEvent }: TaskListener,
): (event: PipelineEvent) => void {
  let isReady = false;
  return (event) => {
    const isRemark = event.kind === "provider_log" || event.kind === "notice";
    if (isReady && isRemark) onEvent({ ...event, level: "debug" });
    else onEvent(event);
    isReady ||= event.kind === "ready" && event.side === "input";
  };
}

/** Where nobody wants to see what outputs print. */
export function nowhere(): WritableStream<Uint8Array> {
  return new WritableStream();
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
