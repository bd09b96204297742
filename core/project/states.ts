/**
 * The places where a task's inputs go on from, looked at and changed.
 *
 * Changing takes the same lock as a run: never under a running input's feet.
 *
 * @module
 */

import type { Configuration, ProviderBlock, Task } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import type { StoredStates } from "../pipeline/states/state_store.ts";
import type { Json } from "../protocol/envelope.ts";
import { resolveBlock } from "./resolve_block.ts";
import type { Site } from "./site.ts";
import { openStateStore } from "./state_file.ts";

/** The states of its inputs, by their labels. */
export function loadStates(
  task: Task,
  configuration: Configuration,
): Promise<StoredStates> {
  return openStateStore(task, configuration).load();
}

/**
 * Stores a state for one of the task's inputs.
 * @param label Which one; may be left out where there is one only.
 * @throws {DstreamError} The task runs, or has no such input.
 */
export async function storeState(
  task: Task,
  configuration: Configuration,
  state: Json,
  label: string | undefined,
  site: Site,
): Promise<void> {
  const block = findInput(task, label);
  const provider = await nameOf(block, configuration, site);
  const store = openStateStore(task, configuration);
  using _lock = await store.lock();
  const savedAt = new Date(site.world.clock.wallMs()).toISOString();
  await store.save({
    ...await store.load(),
    [block.label ?? "input"]: { provider, savedAt, state },
  });
}

/**
 * Forgets all states of the task.
 * @throws {DstreamError} The task runs.
 */
export async function clearStates(
  task: Task,
  configuration: Configuration,
): Promise<void> {
  const store = openStateStore(task, configuration);
  using _lock = await store.lock();
  await store.save({});
}

/** Under this name a run keeps the state. */
async function nameOf(
  block: ProviderBlock,
  configuration: Configuration,
  site: Site,
): Promise<string> {
  const { source, sourceAt: at } = block;
  if (source.kind !== "reference") {
    return (await resolveBlock(block, configuration, site)).name;
  }
  const defaultRegistry = configuration.registry;
  const { parseReference } = await import("../registry/reference.ts");
  const { providerName } = await import("./references.ts");
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
