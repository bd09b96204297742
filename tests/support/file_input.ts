/**
 * What the tests of the file input share: a folder of their own, an input with small
 * buffers, and everything it yields.
 *
 * @module
 */

import {
  type Input,
  type InputBatch,
  type InputContext,
  type Json,
  type JsonObject,
  parseConfig,
} from "@dstream/sdk";
import type { Limits } from "../../providers/formats/reading/mod.ts";
import { check, config } from "../../providers/file/input/config.ts";
import { TestContext } from "../../core/sdk/testing/test_context.ts";
import { FileInput } from "../../providers/file/input/input.ts";

export { TestContext };

/** Small enough that every file takes several reads. */
export const SMALL: Limits = { maxLineBytes: 4096, readBytes: 16 };

/** Runs `use` in a new folder and removes it. */
export async function inFolder<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "in_file_" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One batch with its lines as text. */
export interface Seen {
  readonly lines: readonly string[];
  readonly state: Json | undefined;
}

/** @throws {ConfigError} as the kit would answer. */
export async function openInput(
  given: JsonObject,
  limits: Limits = SMALL,
): Promise<FileInput> {
  const { values, problems } = parseConfig(config, given);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  const [problem] = check(values);
  if (problem !== undefined) throw new Error(problem.message);
  return await FileInput.open(values, limits);
}

/** Everything an input yields, each batch looked at while it is valid. */
export async function* batchesOf(
  input: Input,
  resume?: Json,
  context: InputContext = new TestContext(),
): AsyncGenerator<Seen> {
  // The kit asks for the next batch while it still writes the one before.
  let pending: { batch: InputBatch; text: string } | undefined;
  for await (const batch of input.read(resume, context)) {
    if (pending !== undefined) refuseChange(pending);
    const text = new TextDecoder().decode(batch.lines);
    pending = { batch, text };
    const lines = text === "" ? [] : text.slice(0, -1).split("\n");
    if (lines.length !== (batch.lineCount ?? 0)) {
      throw new Error(
        `${batch.lineCount} lines promised, ${lines.length} came`,
      );
    }
    // A state is stored as JSON.
    const state = batch.state && JSON.parse(JSON.stringify(batch.state));
    yield { lines, state };
  }
  if (pending !== undefined) refuseChange(pending);
}

/** All lines that an input yields. */
export async function linesOf(
  given: JsonObject,
  resume?: Json,
  context?: InputContext,
  limits?: Limits,
): Promise<string[]> {
  const input = await openInput(given, limits);
  const lines: string[] = [];
  for await (const batch of batchesOf(input, resume, context)) {
    lines.push(...batch.lines);
  }
  return lines;
}

function refuseChange(pending: { batch: InputBatch; text: string }): void {
  if (new TextDecoder().decode(pending.batch.lines) !== pending.text) {
    throw new Error("a batch was changed while it was being written");
  }
}
