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
import { type Diagnostic, DiagnosticsError } from "../core/base/errors.ts";
import { resolveProvider } from "../core/install/resolve.ts";
import type { ProviderLaunch } from "../core/pipeline/run.ts";
import {
  FileStateStore,
  type StateStore,
} from "../core/pipeline/states/state_store.ts";
import type { Transformer } from "../core/transform/mod.ts";
import { checkConfig } from "./check_config.ts";
import type { Context } from "./context.ts";
import { checkDeadLetter } from "./dead_letter_block.ts";
import { sortByPlace, toDiagnostic } from "./problems.ts";
import { secretsOf, shieldTask } from "./shield.ts";
import { prepareTransformer } from "./transforms.ts";
import { hasColours } from "./terminal/colour.ts";

/** A task whose providers were found. */
export interface PreparedTask {
  readonly task: Task;
  readonly inputs: readonly ProviderLaunch[];
  readonly outputs: readonly ProviderLaunch[];
  readonly deadLetter: ProviderLaunch | undefined;
  readonly transformer: Transformer | undefined;
  /** Absent: inputs are not offered to keep their state with us. */
  readonly stateStore?: StateStore;
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
    const task = await shieldTask(given, context.providers);
    if (isUnsupported(task, problems)) continue;
    const launch = (block: ProviderBlock) =>
      tryResolve(block, configuration, context, problems);
    const inputs = await resolveAll(task.inputs, launch);
    const outputs = await resolveAll(task.outputs, launch);
    const deadLetter = task.deadLetter && await launch(task.deadLetter);
    problems.push(...await deadLetterProblems(task, context));
    const transformer = await prepareTransformer(task, problems);
    if (inputs === undefined || outputs === undefined) continue;
    prepared.push({
      task,
      inputs,
      outputs,
      deadLetter,
      transformer,
      stateStore: openStateStore(task, configuration),
      secrets: secretsOf(task, configuration),
    });
  }
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  return prepared;
}

/** What is wrong with the block besides what is with any provider's. */
export async function deadLetterProblems(
  { deadLetter }: Task,
  { providers }: Context,
): Promise<Diagnostic[]> {
  return deadLetter === undefined
    ? []
    : await checkDeadLetter(deadLetter, providers);
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
    installed: context.installed,
    env,
  });
}

/** What every provider is told about the user's wishes. */
function providerEnv(context: Context): Record<string, string> {
  const { stdout, env } = context.deps;
  return {
    DSTREAM_LOG_LEVEL: context.log().level,
    DSTREAM_COLOUR: hasColours(stdout, env) ? "1" : "0",
    // What dstream exports is about its providers too; Deno's exporter can hang at
    // the exit of a process whose collector is away.
    ...env.OTEL_DENO === undefined ? {} : { OTEL_DENO: "false" },
  };
}

/** What can be known to be wrong with one block. */
export async function checkBlock(
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
): Promise<Diagnostic[]> {
  const isPulled = block.source.kind === "reference";
  // Whether it is there is found out when it is needed.
  if (isPulled) return [...await checkConfig(block, context.providers)];
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
    problems.push(...await checkConfig(block, context.providers));
    return launch;
  } catch (error) {
    problems.push(toDiagnostic(error));
    return undefined;
  }
}

/** In order; `undefined` when one of them can't be started. */
async function resolveAll(
  blocks: readonly ProviderBlock[],
  launch: (block: ProviderBlock) => Promise<ProviderLaunch | undefined>,
): Promise<ProviderLaunch[] | undefined> {
  const launches: ProviderLaunch[] = [];
  for (const block of blocks) {
    const found = await launch(block);
    if (found !== undefined) launches.push(found);
  }
  return launches.length === blocks.length ? launches : undefined;
}

/** What this version can't run yet. */
function isUnsupported(task: Task, problems: Diagnostic[]): boolean {
  if (task.type !== "plugin") return false;
  problems.push({
    severity: "error",
    code: "config.plugin_not_supported",
    message: `this version cannot run the plugin task "${task.name}"`,
    at: task.at,
    hint: 'use type = "providers" with an input and an output block',
  });
  return true;
}
