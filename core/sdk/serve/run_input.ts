/**
 * The run of an input: read the source, write envelopes, hear of their fate.
 *
 * Who ends it and how is input_run.ts.
 *
 * @module
 */

import type { Json } from "../../protocol/envelope.ts";
import type { Config, Fields } from "../config/mod.ts";
import { FinalError } from "../errors.ts";
import type { Input, InputBatch, InputDefinition } from "../input.ts";
import { InputRun } from "./input_run.ts";
import type { Serving } from "./mod.ts";
import { openContext } from "./open_context.ts";

/** @returns The exit status. */
export async function runInput<F extends Fields>(
  definition: InputDefinition<F>,
  config: Config<F>,
  serving: Serving,
): Promise<number> {
  const { start } = serving;
  using run = new InputRun(serving, definition.features ?? []);
  const context = openContext(serving, run.signal);
  const input = await definition.open(config, context);
  try {
    await serving.sayReady();
    const failure = await readAll(input, start.resume, run);
    return await run.finish(failure);
  } finally {
    await input.close?.();
  }
}

/** @returns Why the source can't be read on, ever. */
async function readAll(
  input: Input,
  resume: Json | undefined,
  run: InputRun,
): Promise<FinalError | undefined> {
  if (run.isOver) return;
  try {
    for await (const batch of input.read(resume, run.context())) {
      await write(batch, run);
      if (run.isOver) return;
    }
  } catch (error) {
    if (error instanceof FinalError) return error;
    throw error;
  }
}

async function write(batch: InputBatch, run: InputRun): Promise<void> {
  const { writer } = run;
  const state = run.usesState ? batch.state : undefined;
  writer.beginBatch(state !== undefined);
  if (batch.schema !== undefined) run.tellSchemas([batch.schema].flat());
  if (batch.lines !== undefined) {
    await writer.addLines(batch.lines, batch.lineCount ?? 0);
  }
  for (const envelope of batch.envelopes ?? []) {
    writer.add(JSON.stringify(envelope));
    if (writer.isFull) await writer.drain();
  }
  if (state !== undefined) writer.setState(state);
  if (batch.delivered !== undefined) run.onDelivered(batch.delivered);
  await writer.endBatch();
}
