/**
 * From a task's blocks to providers that can be started.
 *
 * All problems are collected first, so that one attempt shows them all and
 * nothing is started in vain.
 *
 * @module
 */

import { join } from "node:path";
import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../core/config/task.ts";
import {
  type Diagnostic,
  DiagnosticsError,
  DstreamError,
} from "../core/errors.ts";
import { resolveProvider } from "../core/install/resolve.ts";
import type { ProviderLaunch } from "../core/pipeline/run.ts";
import {
  FileStateStore,
  type StateStore,
} from "../core/pipeline/state_store.ts";
import { checkConfig } from "./check_config.ts";
import type { Context } from "./context.ts";
import { secretsOf, shieldTask } from "./shield.ts";
import { hasColours } from "./views/colour.ts";

/** A task whose providers were found. */
export interface PreparedTask {
  readonly task: Task;
  readonly input: ProviderLaunch;
  readonly output: ProviderLaunch;
  readonly stateStore: StateStore;
  /** Nothing of this may be printed. */
  readonly secrets: ReadonlySet<string>;
}

/** @throws {DiagnosticsError} With every provider that can't be started. */
export async function prepareTasks(
  tasks: readonly Task[],
  configuration: Configuration,
  context: Context,
): Promise<PreparedTask[]> {
  const problems: Diagnostic[] = [];
  const prepared: PreparedTask[] = [];
  for (const given of tasks) {
    const task = await shieldTask(given, context.deps.builtIns);
    const sides = onlySides(task, problems);
    const input = sides &&
      await tryResolve(sides.input, configuration, context, problems);
    const output = sides &&
      await tryResolve(sides.output, configuration, context, problems);
    if (!input || !output) continue;
    const secrets = secretsOf(task, configuration);
    const stateStore = openStateStore(task, configuration);
    prepared.push({ task, input, output, stateStore, secrets });
  }
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  return prepared;
}

/** States lie beside the configuration unless the task says otherwise. */
export function openStateStore(
  task: Task,
  { folder }: Configuration,
): StateStore {
  const path = task.statePath ??
    join(folder, ".dstream", "state", `${task.name}.json`);
  return new FileStateStore(path, task.name);
}

/** @throws {DstreamError} Why a block's provider can't be started. */
export function resolveBlock(
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
): Promise<ProviderLaunch> {
  const { builtIns, self, platform } = context.deps;
  const { folder } = configuration;
  const env = providerEnv(context);
  return resolveProvider(block, {
    folder,
    builtIns,
    self,
    os: platform.os,
    env,
  });
}

/** What every provider is told about the user's wishes. */
function providerEnv(context: Context): Record<string, string> {
  const { stdout, env } = context.deps;
  return {
    DSTREAM_LOG_LEVEL: context.log().level,
    DSTREAM_COLOUR: hasColours(stdout, env) ? "1" : "0",
  };
}

/** What can be known to be wrong with one block. */
export async function checkBlock(
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const problems: Diagnostic[] = [];
  await tryResolve(block, configuration, context, problems);
  return problems;
}

async function tryResolve(
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
  problems: Diagnostic[],
): Promise<ProviderLaunch | undefined> {
  try {
    const launch = await resolveBlock(block, configuration, context);
    problems.push(...await checkConfig(block, context.deps.builtIns));
    return launch;
  } catch (error) {
    problems.push(toDiagnostic(error));
    return undefined;
  }
}

/** One input, one output: what this version runs. */
function onlySides(
  task: Task,
  problems: Diagnostic[],
): { input: ProviderBlock; output: ProviderBlock } | undefined {
  const [input, ...moreInputs] = task.inputs;
  const [output, ...moreOutputs] = task.outputs;
  const extra = moreInputs[0] ?? moreOutputs[0];
  if (task.type === "plugin") {
    problems.push({
      severity: "error",
      code: "config.plugin_not_supported",
      message: `this version cannot run the plugin task "${task.name}"`,
      at: task.at,
      hint: 'use type = "providers" with an input and an output block',
    });
    return undefined;
  }
  if (extra !== undefined) {
    problems.push({
      severity: "error",
      code: "config.several_not_supported",
      message:
        `this version runs one ${extra.side} in a task, and "${task.name}" has several`,
      at: extra.at,
      hint: "declare one task for each; they can run together",
    });
    return undefined;
  }
  const [transform] = task.transforms;
  if (transform !== undefined) {
    problems.push({
      severity: "error",
      code: "config.transform_not_supported",
      message: `this version cannot run the transforms of "${task.name}"`,
      at: transform.at,
      hint: "`dstream preview` shows what they do",
    });
    return undefined;
  }
  return { input, output };
}

/** @throws Whatever is no DstreamError. */
export function toDiagnostic(error: unknown): Diagnostic {
  if (!(error instanceof DstreamError)) throw error;
  const { code, message, at, hint } = error;
  return { severity: "error", code, message, at, hint };
}

/** By file, line and column; what has no place comes first. */
export function sortByPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => {
    const [at, bt] = [a.at, b.at];
    if (at === undefined || bt === undefined) return at ? 1 : bt ? -1 : 0;
    const byFile = at.file < bt.file ? -1 : at.file > bt.file ? 1 : 0;
    return byFile || at.line - bt.line || at.column - bt.column;
  });
}
