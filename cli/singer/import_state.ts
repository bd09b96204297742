/**
 * `dstream singer import`: a state that Meltano kept becomes a task's.
 *
 * `meltano state get ID` prints it. A run that Meltano had broken off leaves a
 * partial state beside the last whole one, whose parts are newer.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { openProject } from "../project.ts";
import { requireJsonFile } from "./json_file.ts";

/** @param task A task of dstream.hcl whose input is a tap. */
export async function importState(
  path: string,
  task: string,
  config: string | undefined,
  context: Context,
): Promise<void> {
  const file = await requireJsonFile(path, "Meltano's state", context.deps.cwd);
  const state = singerStateOf(file);
  context.flags = { ...context.flags, config };
  const project = await openProject(context, { tasks: [task] });
  project.task(task);
  await project.states.store(task, state);
  context.say(`✅ Task "${task}" goes on from Meltano's state`);
}

/** @returns The tap's own state, in whatever it is wrapped. */
export function singerStateOf(file: JsonObject): JsonObject {
  const whole = stateIn(file.completed_state ?? file.completed) ??
    stateIn(file);
  const partial = stateIn(file.partial_state ?? file.partial);
  const state = merge(whole, partial);
  if (state !== undefined) return state;
  throw new DstreamError(
    "singer.state_invalid",
    'this is no state of Meltano: it has no "singer_state"',
    { hint: "`meltano state get STATE_ID > FILE` writes one" },
  );
}

function stateIn(value: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const { singer_state, bookmarks } = value as JsonObject;
  if (isJsonObject(singer_state)) return singer_state as JsonObject;
  // What a target wrote, as it stands in a file of one's own.
  return bookmarks === undefined ? undefined : value as JsonObject;
}

/** A partial state has the bookmarks of some streams, which are newer. */
function merge(
  whole: JsonObject | undefined,
  partial: JsonObject | undefined,
): JsonObject | undefined {
  if (whole === undefined || partial === undefined) return partial ?? whole;
  const bookmarks = {
    ...(isJsonObject(whole.bookmarks) ? whole.bookmarks as JsonObject : {}),
    ...(isJsonObject(partial.bookmarks) ? partial.bookmarks as JsonObject : {}),
  };
  return { ...whole, ...partial, bookmarks };
}
