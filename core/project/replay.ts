/**
 * Dead letters as the input of their task.
 *
 * Each letter goes to the output that rejected it, and to no other: those have it.
 * The task's dead_letter block takes what is rejected again.
 *
 * @module
 */

import type { Configuration, Task } from "../config/task.ts";
import {
  Assignment,
  type Goal,
  type LetterFile,
  replayInput,
} from "../dead_letter/mod.ts";
import type { PipelineEvent, RunOutcome } from "../pipeline/events.ts";
import { openLetters } from "./dead_letters.ts";
import type { RunListener } from "./events.ts";
import type { InstallWishes } from "./install.ts";
import { type PreparedTask, prepareTasks } from "./prepare.ts";
import { closing, nowhere } from "./run.ts";
import { newRunId } from "./run_id.ts";
import type { Site } from "./site.ts";
import { StopSwitch } from "./stop.ts";

/** How letters are sent again. */
export interface ReplayWishes extends InstallWishes {
  /** Only so many, the oldest first. */
  readonly max?: number | undefined;
  readonly onEvent?: RunListener | undefined;
  /** Takes what outputs print; default: nobody sees it. */
  readonly userOutput?:
    | ((isAlone: boolean) => WritableStream<Uint8Array>)
    | undefined;
  readonly isTerminal?: boolean | undefined;
  /** Asks to stop: what was read is delivered first. */
  readonly stop?: StopSwitch | undefined;
}

/** What became of the letters. */
export interface Replayed {
  readonly delivered: number;
  /** They are dead letters again, with a new reason. */
  readonly rejected: number;
  /** They stay as they were. */
  readonly kept: number;
  /** The first run that did not go well. */
  readonly failure?: RunOutcome;
}

/** @throws {DstreamError} The letters can't be read, or the task can't run. */
export async function replay(
  task: Task,
  configuration: Configuration,
  wishes: ReplayWishes,
  site: Site,
): Promise<Replayed> {
  const { clock, random } = site.world;
  const { file } = openLetters(task, configuration);
  const [prepared] = await prepareTasks([task], configuration, site, wishes);
  const runId = newRunId(clock, random);
  using _alone = await file.lockReplay();
  const asides = await file.takeAside(runId);
  const names = prepared.outputs.map((output, i) =>
    prepared.task.outputs[i].label ?? output.name
  );
  const assignment = new Assignment(names, wishes.max);
  const stop = wishes.stop ?? new StopSwitch(clock);
  const work = {
    prepared,
    file,
    asides,
    assignment,
    runId,
    wishes,
    stop,
    site,
  };
  let result: Omit<Replayed, "kept">;
  let kept = 0;
  try {
    result = await sendAll(work);
  } finally {
    kept = await file.putBack(asides, assignment.staying());
  }
  return { ...result, kept };
}

/** What a replay works on. */
interface Work {
  readonly prepared: PreparedTask;
  readonly file: LetterFile;
  readonly asides: readonly string[];
  readonly assignment: Assignment;
  readonly runId: string;
  readonly wishes: ReplayWishes;
  readonly stop: StopSwitch;
  readonly site: Site;
}

/** One run for each output, one after the other: they share the dead letters. */
async function sendAll(work: Work): Promise<Omit<Replayed, "kept">> {
  const { assignment, file, asides } = work;
  const counts = await assignment.count(file.read(asides));
  let delivered = 0;
  let rejected = 0;
  for (const [goal, count] of counts) {
    const { outcome, settled } = await send(goal, count, work);
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
): Promise<{ readonly outcome: RunOutcome; readonly settled: number }> {
  const { prepared, file, asides, assignment, runId, wishes, stop } = work;
  const { clock, random, spawner } = work.site.world;
  const { task } = prepared;
  const { userOutput: open = nowhere, onEvent: tell = () => {} } = wishes;
  const lines = () => assignment.linesTo(goal, file.read(asides));
  const input = replayInput(lines, task.deadLetter!.at, spawner);
  await using userOutput = closing(open(true));
  const confirmations = new Confirmations();
  const narrowed = towards(goal, prepared);
  tell({ kind: "began", task: task.name, runId });
  const outcome = await work.site.world.runTask({
    ...narrowed,
    runId,
    clock,
    random,
    spawner: input.spawner,
    task: { ...narrowed.task, inputs: [input.block] },
    inputs: [input.provider],
    stateStore: undefined,
    onEvent: (event) => {
      confirmations.onEvent(event);
      tell({ kind: "task", task: task.name, event });
    },
    onCounters: (counters) =>
      tell({ kind: "counters", task: task.name, counters }),
    userOutput: userOutput.stream,
    isTerminal: wishes.isTerminal ?? false,
    onStop: stop.onStop,
  });
  const isDone = outcome.status === "completed";
  if (!isDone) tell({ kind: "ended", task: task.name, outcome });
  // Behind transforms the count of what is settled is not one of letters.
  const isCounted = typeof goal === "number" && confirmations.count;
  const settled = isCounted ? outcome.counters.settledEnvelopes : 0;
  return { outcome, settled: isDone ? count : Math.min(count, settled) };
}

/** The task with one output; what an output rejected has the transforms behind it. */
function towards(goal: Goal, prepared: PreparedTask): PreparedTask {
  if (goal === "transforms") return prepared;
  const { task, outputs, outputTransformers } = prepared;
  const isBehind = typeof goal === "number";
  const index = isBehind ? goal : Number(goal.split(" ").at(-1));
  return {
    ...prepared,
    task: { ...task, outputs: [task.outputs[index]], transforms: [] },
    outputs: [outputs[index]],
    transformer: undefined,
    outputTransformers: isBehind ? [] : [outputTransformers[index]],
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
