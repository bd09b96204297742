/**
 * Looks at and changes the states of a task's inputs.
 *
 * Changing takes the same lock as a run: never under a running input's feet.
 *
 * @module
 */

import type {
  Configuration,
  ProviderBlock,
  Task,
} from "../../core/config/task.ts";
import { DstreamError } from "../../core/base/errors.ts";
import type { StateStore } from "../../core/pipeline/states/state_store.ts";
import { type Json, parseExactJson } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { openStateStore, resolveBlock } from "../prepare.ts";
import { formatTable } from "../views/table.ts";

/** One task and where its states are. */
export interface TaskStates {
  readonly task: Task;
  readonly configuration: Configuration;
  readonly store: StateStore;
}

/** Opens nothing yet. */
export function open(task: Task, configuration: Configuration): TaskStates {
  return { task, configuration, store: openStateStore(task, configuration) };
}

/** Prints a line for each input that has a state. */
export async function list(
  tasks: readonly Task[],
  configuration: Configuration,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const rows: {
    task: string;
    input: string;
    provider: string;
    saved: string;
  }[] = [];
  for (const task of tasks) {
    const states = await open(task, configuration).store.load();
    for (const [input, { provider, savedAt }] of Object.entries(states)) {
      rows.push({ task: task.name, input, provider, saved: savedAt });
    }
  }
  if (isJson) return await context.printJson(rows);
  if (rows.length === 0) return context.say("no task has a state");
  await context.print(formatTable(
    ["TASK", "INPUT", "PROVIDER", "SAVED"],
    rows.map((row) => [row.task, row.input, row.provider, row.saved]),
  ));
}

/** Prints the states by input. */
export async function view(
  { store, task }: TaskStates,
  context: Context,
): Promise<void> {
  const states = await store.load();
  if (Object.keys(states).length === 0) {
    return context.say(`task "${task.name}" has no state`);
  }
  await context.printJson(Object.fromEntries(
    Object.entries(states).map(([input, { provider, savedAt, state }]) => [
      input,
      { provider, saved_at: savedAt, state },
    ]),
  ));
}

/**
 * Stores a state for one of the task's inputs.
 * @param label Which one; may be left out where there is one only.
 */
export async function set(
  { store, task, configuration }: TaskStates,
  text: string,
  label: string | undefined,
  context: Context,
): Promise<void> {
  const state = parseState(text);
  const block = findInput(task, label);
  const name = await nameOf(block, configuration, context);
  using _lock = await store.lock();
  const savedAt = new Date(context.deps.clock.wallMs()).toISOString();
  await store.save({
    ...await store.load(),
    [block.label ?? "input"]: { provider: name, savedAt, state },
  });
  context.say(`✅ Task "${task.name}" goes on from this state`);
}

/** Under this name a run keeps the state. */
async function nameOf(
  block: ProviderBlock,
  configuration: Configuration,
  context: Context,
): Promise<string> {
  const { source, sourceAt: at } = block;
  if (source.kind !== "reference") {
    return (await resolveBlock(block, configuration, context)).name;
  }
  const defaultRegistry = configuration.registry;
  const { parseReference } = await import("../../core/registry/reference.ts");
  const { providerName } = await import("../installing.ts");
  return providerName(
    parseReference(source.reference, { at, defaultRegistry }),
  );
}

function findInput(task: Task, label: string | undefined): ProviderBlock {
  const [first, second] = task.inputs;
  const found = label === undefined
    ? (second === undefined ? first : undefined)
    : task.inputs.find((block) => (block.label ?? "input") === label);
  if (found !== undefined) return found;
  const labels = task.inputs.map((block) => block.label ?? "input");
  throw new DstreamError(
    label === undefined ? "usage.input_missing" : "usage.input_unknown",
    label === undefined
      ? `task "${task.name}" has several inputs: which one?`
      : `task "${task.name}" has no input "${label}"`,
    { isUsage: true, hint: `--input ${labels.join(" or --input ")}` },
  );
}

/** Forgets all states of the task. */
export async function clear(
  { store, task }: TaskStates,
  context: Context,
): Promise<void> {
  using _lock = await store.lock();
  await store.save({});
  context.say(`✅ Task "${task.name}" starts from the beginning next time`);
}

function parseState(text: string): Json {
  try {
    return parseExactJson(text) as Json;
  } catch (cause) {
    throw new DstreamError("usage.state_invalid", "a state is a JSON value", {
      isUsage: true,
      cause,
      hint: `for example '{"sent":5}'; see \`dstream state view\``,
    });
  }
}
