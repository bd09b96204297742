/**
 * The run of an input: read the source, write envelopes, hear of their fate.
 *
 * Who ends it and how is input_run.ts.
 *
 * @module
 */

import type { Config, Fields } from "../config/mod.ts";
import type { InputBatch, InputDefinition } from "../input.ts";
import { InputRun } from "./input_run.ts";
import type { Serving } from "./mod.ts";

/** @returns The exit status. */
export async function runInput<F extends Fields>(
  definition: InputDefinition<F>,
  config: Config<F>,
  serving: Serving,
): Promise<number> {
  const { log, start } = serving;
  using run = new InputRun(serving, definition.features ?? []);
  const input = await definition.open(config, { signal: run.signal, log });
  try {
    await serving.sayReady();
    if (!run.isOver) {
      for await (const batch of input.read(start.resume, run.context())) {
        await write(batch, run);
        if (run.isOver) break;
      }
    }
    return await run.finish();
  } finally {
    await input.close?.();
  }
}

async function write(batch: InputBatch, run: InputRun): Promise<void> {
  const { writer } = run;
  const state = run.usesState ? batch.state : undefined;
  writer.beginBatch(state !== undefined);
  if (batch.lines !== undefined) {
    await writer.addLines(batch.lines, batch.lineCount ?? 0);
  }
  for (const envelope of batch.envelopes ?? []) {
    writer.add(JSON.stringify(envelope));
    if (writer.isFull) await writer.drain();
  }
  if (state !== undefined) writer.setState(state);
  if (batch.delivered !== undefined) run.onDelivered(batch.delivered);
}
