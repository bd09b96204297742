/**
 * Shows and changes the states of a task's inputs.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import type { Project } from "../../core/project/mod.ts";
import { type Json, parseExactJson } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { formatTable } from "../views/table.ts";

/** Prints a line for each input that has a state. */
export async function list(
  project: Project,
  isJson: boolean,
  context: Context,
): Promise<void> {
  const rows: {
    task: string;
    input: string;
    provider: string;
    saved: string;
  }[] = [];
  for (const task of project.taskNames) {
    const states = await project.states.load(task);
    for (const [input, { provider, savedAt }] of Object.entries(states)) {
      rows.push({ task, input, provider, saved: savedAt });
    }
  }
  if (isJson) return await context.printJson(rows);
  if (rows.length === 0) return context.say("no task has a state");
  await context.print(formatTable(
    ["TASK", "INPUT", "PROVIDER", "SAVED"],
    rows.map((row) => [row.task, row.input, row.provider, row.saved]),
  ));
}

/**
 * Prints the states by input: JSON for everybody.
 * @param isJson Prints nothing else, also where there is no state.
 */
export async function view(
  task: string,
  isJson: boolean,
  project: Project,
  context: Context,
): Promise<void> {
  const states = await project.states.load(task);
  if (Object.keys(states).length === 0 && !isJson) {
    return context.say(`task "${task}" has no state`);
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
  task: string,
  text: string,
  label: string | undefined,
  project: Project,
  context: Context,
): Promise<void> {
  project.task(task);
  await project.states.store(task, parseState(text), label);
  context.say(`✅ Task "${task}" goes on from this state`);
}

/** Forgets all states of the task. */
export async function clear(
  task: string,
  project: Project,
  context: Context,
): Promise<void> {
  await project.states.clear(task);
  context.say(`✅ Task "${task}" starts from the beginning next time`);
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
