/**
 * Runs a task made on the fly.
 *
 * @module
 */

import type { Project } from "../../core/project/mod.ts";
import type { JsonObject } from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode, exitCodeOfOutcome } from "../exit_code.ts";
import { stopOnSignals } from "../terminal/signals.ts";
import { openView } from "../views/mod.ts";
import { listenerOf } from "../views/run_listener.ts";
import type { Block } from "./plans.ts";
import { singerBlock } from "./targets.ts";
import { TaskPlaces } from "./task_places.ts";
import { TASK } from "./task_text.ts";

/**
 * @param write Instead of the user's stdout.
 * @returns The exit status.
 */
export async function runTask(
  project: Project,
  write: ((bytes: Uint8Array) => Promise<void>) | undefined,
  context: Context,
): Promise<number> {
  const prepared = await project.prepare([TASK]);
  using ends = new DisposableStack();
  const { stop } = ends.use(stopOnSignals(context));
  const view = ends.use(openView(context, false));
  const outcomes = await project.runPrepared(prepared, {
    onEvent: listenerOf(view, false),
    userOutput: (isAlone) =>
      write === undefined
        ? context.screen.userOutput(isAlone)
        : new WritableStream({ write }),
    isTerminal: false,
    stop,
  });
  const [outcome] = outcomes.values();
  const code = exitCodeOfOutcome(outcome);
  // 2 is for wrong usage alone.
  return code === ExitCode.usage ? ExitCode.failed : code;
}

/** Runs a tap's block and hears the messages it would write. */
export async function messagesOf(
  input: Block,
  stream: string | undefined,
  context: Context,
): Promise<{ code: number; messages: readonly JsonObject[] }> {
  await using places = await TaskPlaces.create();
  const output = singerBlock(stream, { target: "-", validate: false });
  const project = await places.open(input, output, false, context);
  const parts: Uint8Array[] = [];
  const code = await runTask(project, (bytes) => {
    parts.push(bytes.slice());
    return Promise.resolve();
  }, context);
  const text = await new Blob(parts as BlobPart[]).text();
  const messages = text.split("\n").filter(Boolean)
    .map((each) => JSON.parse(each));
  return { code, messages };
}
