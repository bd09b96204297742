/**
 * `dstream dead-letter replay`: dead letters as the input of their task.
 *
 * Each letter goes to the output that rejected it, and to no other: those have it.
 * The task's dead_letter block takes what is rejected again.
 *
 * @module
 */

import {
  Assignment,
  type Goal,
  type LetterFile,
  replayInput,
} from "../../core/dead_letter/mod.ts";
import type { PipelineEvent, RunOutcome } from "../../core/pipeline/events.ts";
import { findTask, loadConfiguration } from "../configuration.ts";
import type { Context } from "../context.ts";
import { open } from "./dead_letters.ts";
import { ExitCode, exitCodeOfOutcome } from "../exit_code.ts";
import { type PreparedTask, prepareTasks } from "../prepare.ts";
import { installPulled } from "../pulled.ts";
import { newRunId } from "../run_id.ts";
import { closing } from "./run_tasks.ts";
import { StopSwitch } from "../terminal/stop.ts";
import { openView } from "../views/mod.ts";
import { formatCount, plural } from "../views/units.ts";

/**
 * @param max Only so many letters.
 * @returns The exit status.
 */
export async function replay(
  name: string,
  max: number | undefined,
  context: Context,
): Promise<number> {
  const { clock, random } = context.deps;
  const configuration = await loadConfiguration(context, { tasks: [name] });
  const task = findTask(name, configuration);
  const { file } = open(task, configuration);
  await installPulled([task], configuration, context);
  const [prepared] = await prepareTasks([task], configuration, context);
  const runId = newRunId(clock, random);
  using _alone = await file.lockReplay();
  const asides = await file.takeAside(runId);
  const names = prepared.outputs.map((output, i) =>
    prepared.task.outputs[i].label ?? output.name
  );
  const assignment = new Assignment(names, max);
  const work = { prepared, file, asides, assignment, runId };
  let result: Result;
  let kept = 0;
  try {
    result = await sendAll(work, context);
  } finally {
    kept = await file.putBack(asides, assignment.staying());
  }
  return tell(name, result, kept, max, context);
}

/** What a replay works on. */
interface Work {
  readonly prepared: PreparedTask;
  readonly file: LetterFile;
  readonly asides: readonly string[];
  readonly assignment: Assignment;
  readonly runId: string;
}

interface Result {
  readonly delivered: number;
  readonly rejected: number;
  /** The first run that did not go well. */
  readonly failure?: RunOutcome;
}

/** One run for each output, one after the other: they share the dead letters. */
async function sendAll(work: Work, context: Context): Promise<Result> {
  const { assignment, file, asides } = work;
  const counts = await assignment.count(file.read(asides));
  let delivered = 0;
  let rejected = 0;
  for (const [goal, count] of counts) {
    const { outcome, settled } = await send(goal, count, work, context);
    assignment.arrived(goal, settled);
    const again = outcome.counters.deadLetteredEnvelopes;
    rejected += again;
    delivered += Math.max(0, settled - again);
    if (outcome.status !== "completed") {
      return { delivered, rejected, failure: outcome };
    }
  }
  return { delivered, rejected };
}

async function send(
  goal: Goal,
  count: number,
  work: Work,
  context: Context,
): Promise<{ readonly outcome: RunOutcome; readonly settled: number }> {
  const { clock, random, spawner, signals, stdout } = context.deps;
  const { prepared, file, asides, assignment, runId } = work;
  const { task } = prepared;
  const lines = () => assignment.linesTo(goal, file.read(asides));
  const input = replayInput(lines, task.deadLetter!.at, spawner);
  const stop = new StopSwitch(clock);
  using ends = new DisposableStack();
  ends.defer(signals.subscribe((signal) => stop.request(signal)));
  const view = ends.use(openView(context, false)).task(task.name);
  await using userOutput = closing(context.screen.userOutput(true));
  const confirmations = new Confirmations();
  const outcome = await context.deps.runTask({
    ...towards(goal, prepared),
    runId,
    clock,
    random,
    spawner: input.spawner,
    task: { ...towards(goal, prepared).task, inputs: [input.block] },
    inputs: [input.provider],
    stateStore: undefined,
    onEvent: (event) => {
      confirmations.onEvent(event);
      view.onEvent(event);
    },
    onCounters: (counters) => view.onCounters(counters),
    userOutput: userOutput.stream,
    isTerminal: stdout.isTerminal,
    onStop: stop.onStop,
  });
  const isDone = outcome.status === "completed";
  if (!isDone) view.end({ outcome, isDryRun: false });
  // Behind transforms the count of what is settled is not one of letters.
  const isCounted = goal !== "transforms" && confirmations.count;
  const settled = isCounted ? outcome.counters.settledEnvelopes : 0;
  return { outcome, settled: isDone ? count : Math.min(count, settled) };
}

/** The task with one output; what an output rejected has the transforms behind it. */
function towards(goal: Goal, prepared: PreparedTask): PreparedTask {
  if (goal === "transforms") return prepared;
  const { task, outputs } = prepared;
  return {
    ...prepared,
    task: { ...task, outputs: [task.outputs[goal]], transforms: [] },
    outputs: [outputs[goal]],
    transformer: undefined,
  };
}

/** Whether the output has said, of each envelope, that it has it. */
class Confirmations {
  count = false;

  onEvent(event: PipelineEvent): void {
    if (event.kind !== "ready" || event.side !== "output") return;
    if (event.label !== "dead_letter") this.count = event.version === 2;
  }
}

function tell(
  name: string,
  { delivered, rejected, failure }: Result,
  kept: number,
  max: number | undefined,
  context: Context,
): number {
  const again = rejected === 0
    ? ""
    : `, ${formatCount(rejected)} rejected again`;
  const done = `${
    plural(delivered, "dead letter")
  } of task "${name}" delivered`;
  const rest = kept === 0 ? "" : `, ${formatCount(kept)} not sent`;
  if (failure !== undefined) {
    context.say(`  ${done}${again}${rest}`);
    return exitCodeOfOutcome(failure) || ExitCode.failed;
  }
  if (delivered + rejected + kept === 0) {
    context.say(`task "${name}" has no dead letters`);
    return ExitCode.ok;
  }
  const isMeant = kept === 0 || max !== undefined;
  context.say(`${isMeant ? "✅" : "❌"} ${done}${again}${rest}`);
  if (!isMeant) {
    context.say(
      "  hint: those are no dead letters, or of an output the task has no more; " +
        "`dstream dead-letter list` shows them",
    );
  }
  return isMeant ? ExitCode.ok : ExitCode.failed;
}
