/**
 * Shows what a task's transforms do to its next envelopes, and delivers nothing.
 *
 * @module
 */

import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../../core/config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../../core/base/errors.ts";
import { readEnvelopes } from "../../core/pipeline/read_envelopes.ts";
import type { Json } from "../../core/protocol/envelope.ts";
import type { Transformer } from "../../core/transform/mod.ts";
import type { Context } from "../context.ts";
import { openStateStore, resolveBlock } from "../prepare.ts";
import { newRunId } from "../run_id.ts";
import { secretsOf, shieldTask } from "../shield.ts";
import { StopSwitch } from "../terminal/stop.ts";
import { prepareTransformer } from "../transforms.ts";
import { openView } from "../views/mod.ts";
import type { PreviewedEnvelope } from "../views/preview.ts";
import type { TaskView } from "../views/view.ts";

/** How much of it. */
export interface PreviewWishes {
  /** For each input. */
  readonly maxEnvelopes: number;
  readonly timeoutMs: number | undefined;
  readonly show: (envelope: PreviewedEnvelope) => Promise<void>;
}

/**
 * @returns How many envelopes were shown.
 * @throws {DiagnosticsError} For transforms that can't be compiled.
 * @throws {DstreamError} When an input can't be started, or fails.
 */
export async function preview(
  given: Task,
  configuration: Configuration,
  wishes: PreviewWishes,
  context: Context,
): Promise<number> {
  const { deps } = context;
  if (given.type === "plugin") throw pluginRefused(given);
  const task = await shieldTask(given, context.providers);
  const transformer = await compile(task);
  const stopped = new AbortController();
  const stop = new StopSwitch(deps.clock);
  using ends = new DisposableStack();
  ends.defer(stop.onStop(() => stopped.abort(new Stopped())));
  ends.defer(deps.signals.subscribe((signal) => stop.request(signal)));
  ends.defer(() => stopped.abort(new Stopped()));
  const view = ends.use(openView(context, false)).task(task.name);
  startTimeout(wishes.timeoutMs, stopped, context);
  const run = { task, configuration, transformer, wishes, context, view };
  let count = 0;
  for (const block of task.inputs) {
    count += await previewInput(block, run, stopped.signal);
  }
  return count;
}

/** Ctrl+C or the time is over: no failure. */
class Stopped extends Error {
  override readonly name = "Stopped";
}

interface PreviewRun {
  readonly task: Task;
  readonly configuration: Configuration;
  readonly transformer: Transformer | undefined;
  readonly wishes: PreviewWishes;
  readonly context: Context;
  readonly view: TaskView;
}

async function compile(task: Task): Promise<Transformer | undefined> {
  const problems: Diagnostic[] = [];
  const transformer = await prepareTransformer(task, problems);
  if (problems.length > 0) throw new DiagnosticsError(problems);
  return transformer;
}

async function previewInput(
  block: ProviderBlock,
  run: PreviewRun,
  signal: AbortSignal,
): Promise<number> {
  const { task, configuration, transformer, wishes, context, view } = run;
  const { clock, random, spawner, stdout } = context.deps;
  const lines = readEnvelopes({
    task,
    block,
    provider: await resolveBlock(block, configuration, context),
    runId: newRunId(clock, random),
    resume: await storedState(block, run),
    clock,
    spawner,
    onEvent: (event) => view.onEvent(event),
    secrets: secretsOf(task, configuration),
    isTerminal: stdout.isTerminal,
    signal,
  });
  let position = 0;
  try {
    for await (const line of lines) {
      position++;
      const outcome = transformer?.apply(line) ?? { kind: "pass", line };
      await wishes.show({ task, block, position, line, outcome });
      if (position === wishes.maxEnvelopes) break;
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
  return position;
}

/** Only looked at: a run may be using it. */
async function storedState(
  { label = "input" }: ProviderBlock,
  { task, configuration }: PreviewRun,
): Promise<Json | undefined> {
  const states = await openStateStore(task, configuration).load();
  return states[label]?.state;
}

function startTimeout(
  timeoutMs: number | undefined,
  stopped: AbortController,
  { deps: { clock } }: Context,
): void {
  if (timeoutMs === undefined) return;
  clock.sleep(timeoutMs, stopped.signal).then(
    () => stopped.abort(new Stopped()),
    () => {},
  );
}

function pluginRefused({ name, at }: Task): DstreamError {
  return new DstreamError(
    "config.plugin_not_supported",
    `the plugin task "${name}" has no preview`,
    { at, hint: 'only tasks of type "providers" do' },
  );
}
