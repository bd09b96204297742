/**
 * `dstreams sync`: a tap and a target as one task, with its window, its
 * acknowledgements and its restarts. What it remembers goes into the file that the
 * user names.
 *
 * @module
 */

import type { Context } from "../context.ts";
import { readConnector } from "./connector.ts";
import { nowText } from "./now_text.ts";
import { prepareTap, type TapFlags } from "./prepared_tap.ts";
import { runTask } from "./run_task.ts";
import { TARGET_TYPES, targetBlock } from "./targets.ts";
import { newestState } from "./task_places.ts";

/** `dstreams sync`. @returns The exit status. */
export async function sync(
  flags: TapFlags & { readonly targetConfig: string },
  context: Context,
): Promise<number> {
  const { deps } = context;
  const target = await readConnector(
    flags.targetConfig,
    "the target config",
    TARGET_TYPES,
    deps,
  );
  if (flags.state === undefined) {
    context.say("no --state: nothing is remembered, and all is read again");
  }
  await using prepared = await prepareTap(flags, context);
  const { plan, state } = prepared;
  using _lock = await state?.lock();
  const output = targetBlock({
    target,
    stream: plan.stream,
    cwd: deps.cwd,
    self: deps.self,
  });
  const project = await prepared.open(output, true);
  const save = async () => {
    const newest = await newestState(project);
    if (state === undefined || newest === undefined) return;
    plan.remember(newest, state, nowText(context));
    await state.save();
  };
  const over = new AbortController();
  const saved = saveNowAndThen(save, over.signal, context);
  try {
    return await runTask(project, undefined, context);
  } finally {
    over.abort();
    await saved;
    await save();
  }
}

/** A run that is killed goes on from here, and not from its beginning. */
async function saveNowAndThen(
  save: () => Promise<void>,
  signal: AbortSignal,
  { deps: { clock } }: Context,
): Promise<void> {
  for (;;) {
    const isOver = await clock.sleep(SAVE_EVERY_MS, signal)
      .then(() => false, () => true);
    if (isOver) return;
    // At the end it is tried again, and its failure is told there.
    await save().catch(() => {});
  }
}

const SAVE_EVERY_MS = 2000;
