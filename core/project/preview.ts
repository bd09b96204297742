/**
 * What a task's transforms do to its next envelopes; nothing is delivered.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../base/errors.ts";
import type { PipelineEvent } from "../pipeline/events.ts";
import { readEnvelopes } from "../pipeline/read_envelopes.ts";
import type { Json } from "../protocol/envelope.ts";
import type { RawSchema } from "../protocol/schema.ts";
import type { LineOutcome } from "../transform/mod.ts";
import type { InstallWishes } from "./install.ts";
import { maskTask, secretsOf } from "./mask.ts";
import { installPulled } from "./prepare.ts";
import { resolveBlock } from "./resolve_block.ts";
import { prepareRouter, type RoutedLine, type Router } from "./router.ts";
import { newRunId } from "./run_id.ts";
import { providersOf, type Site } from "./site.ts";
import { openStateStore } from "./state_file.ts";

/** How much of it. */
export interface PreviewWishes extends InstallWishes {
  /** Begin where a first run would, whatever the state is. */
  readonly isFromStart?: boolean | undefined;
  /** For each input; default 5. */
  readonly maxEnvelopes?: number | undefined;
  /** Hears what the inputs say. */
  readonly onEvent?: ((event: PipelineEvent) => void) | undefined;
  /** Hears a table's schema before the envelopes that follow it. */
  readonly onSchema?: ((schema: PreviewedSchema) => void) | undefined;
  /** Makes control characters in providers' text visible. */
  readonly isTerminal?: boolean | undefined;
  /** What comes from a registry was fetched before, with {@link Project.install}. */
  readonly isInstalled?: boolean | undefined;
  /** Ends it, which is no failure. */
  readonly signal?: AbortSignal | undefined;
}

/** One envelope, and what becomes of it. */
export interface PreviewedEnvelope {
  readonly task: Task;
  readonly block: ProviderBlock;
  /** Counts the envelopes of its input from 1. */
  readonly position: number;
  /** As the input wrote it. */
  readonly line: Uint8Array;
  readonly outcome: LineOutcome;
  /** What passes goes to all outputs; here, those that have transforms of their own. */
  readonly outputs: readonly RoutedLine[];
}

/** The shape of a table's envelopes from here on. */
export interface PreviewedSchema {
  readonly block: ProviderBlock;
  /** As the input told it. */
  readonly before: RawSchema;
  /** As outputs would get it; absent: what the transforms make has no known shape. */
  readonly after: RawSchema | undefined;
}

const DEFAULT_MAX = 5;

/**
 * @throws {DiagnosticsError} For transforms that can't be compiled.
 * @throws {DstreamError} When an input can't be started, or fails.
 */
export async function* preview(
  given: Task,
  configuration: Configuration,
  wishes: PreviewWishes,
  site: Site,
): AsyncGenerator<PreviewedEnvelope> {
  if (!wishes.isInstalled) {
    await installPulled([given], configuration, site, wishes);
  }
  if (given.type === "plugin") throw pluginRefused(given);
  const task = await maskTask(given, providersOf(site));
  const router = await compile(task);
  const stopped = new AbortController();
  const stop = () => stopped.abort(new Stopped());
  using ends = new DisposableStack();
  ends.defer(stop);
  if (wishes.signal?.aborted) stop();
  wishes.signal?.addEventListener("abort", stop);
  ends.defer(() => wishes.signal?.removeEventListener("abort", stop));
  const { signal } = stopped;
  const run = { task, configuration, router, wishes, site, signal };
  for (const block of task.inputs) yield* previewInput(block, run);
}

/** Whoever watches has seen enough: no failure. */
class Stopped extends Error {
  override readonly name = "Stopped";
}

interface PreviewRun {
  readonly task: Task;
  readonly configuration: Configuration;
  readonly router: Router;
  readonly wishes: PreviewWishes;
  readonly site: Site;
  readonly signal: AbortSignal;
}

async function compile(task: Task): Promise<Router> {
  const problems: Diagnostic[] = [];
  const router = await prepareRouter(task, problems);
  if (problems.length > 0) throw new DiagnosticsError(problems);
  return router;
}

async function* previewInput(
  block: ProviderBlock,
  run: PreviewRun,
): AsyncGenerator<PreviewedEnvelope> {
  const { task, router, wishes } = run;
  const { maxEnvelopes = DEFAULT_MAX } = wishes;
  let position = 0;
  try {
    for await (const line of await linesOf(block, run)) {
      position++;
      const { outcome, outputs: all } = router.route(line);
      const outputs = all.filter((one) => one.block.transforms !== undefined);
      yield { task, block, position, line, outcome, outputs };
      if (position === maxEnvelopes) break;
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  }
}

async function linesOf(
  block: ProviderBlock,
  { task, configuration, router, wishes, site, signal }: PreviewRun,
): Promise<AsyncIterable<Uint8Array>> {
  const { clock, random, spawner } = site.world;
  return readEnvelopes({
    task,
    block,
    provider: await resolveBlock(block, configuration, site),
    runId: newRunId(clock, random),
    resume: wishes.isFromStart
      ? undefined
      : await storedState(block, task, configuration),
    clock,
    spawner,
    onEvent: wishes.onEvent ?? (() => {}),
    onSchema: (before) => {
      wishes.onSchema?.({ block, before, after: router.applySchema(before) });
    },
    secrets: secretsOf(task, configuration),
    isTerminal: wishes.isTerminal ?? false,
    signal,
  });
}

/** Only looked at: a run may be using it. */
async function storedState(
  { label = "input" }: ProviderBlock,
  task: Task,
  configuration: Configuration,
): Promise<Json | undefined> {
  const states = await openStateStore(task, configuration).load();
  return states[label]?.state;
}

function pluginRefused({ name, at }: Task): DstreamError {
  return new DstreamError(
    "config.plugin_not_supported",
    `the plugin task "${name}" has no preview`,
    { at, hint: 'only tasks of type "providers" do' },
  );
}
