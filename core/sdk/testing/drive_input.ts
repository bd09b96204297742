/**
 * Reads an input in the test's own process, batch by batch.
 *
 * @module
 */

import type { Envelope, Json } from "../../protocol/envelope.ts";
import type { TableSchema } from "../../protocol/schema.ts";
import type { Input, InputBatch } from "../input.ts";
import { TestContext } from "./test_context.ts";

/** A batch as a destination would see it. */
export interface DrivenBatch {
  readonly envelopes: readonly Envelope[];
  readonly schemas: readonly TableSchema[];
  readonly state: Json | undefined;
  /** Says that everything up to here is delivered. */
  deliver(): Promise<void>;
}

/**
 * Everything an input yields; ends when it does, so stop it where it has no end.
 *
 * @example
 * ```ts
 * import { driveInput } from "@dstream/sdk/testing";
 *
 * const input = {
 *   async *read() {
 *     yield { envelopes: [{ data: 1, metadata: {} }], state: 1 };
 *   },
 * };
 * for await (const { envelopes, state } of driveInput(input)) {
 *   if (envelopes[0].data !== state) throw new Error();
 * }
 * ```
 */
export async function* driveInput(
  input: Input,
  resume?: Json,
  context: TestContext = new TestContext(),
): AsyncGenerator<DrivenBatch> {
  const undelivered: InputBatch[] = [];
  for await (const batch of input.read(resume, context)) {
    undelivered.push(batch);
    const count = undelivered.length;
    yield {
      envelopes: [...linesOf(batch), ...batch.envelopes ?? []],
      schemas: [batch.schema ?? []].flat() as TableSchema[],
      state: batch.state,
      deliver: () => deliver(undelivered, count),
    };
  }
}

/** All envelopes, for a source that ends. */
export async function readAll(
  input: Input,
  resume?: Json,
  context?: TestContext,
): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for await (const batch of driveInput(input, resume, context)) {
    envelopes.push(...batch.envelopes);
  }
  return envelopes;
}

/** Lines stay as they are only until the batch after the next. */
function linesOf({ lines }: InputBatch): Envelope[] {
  if (lines === undefined || lines.length === 0) return [];
  const text = new TextDecoder("utf-8", { fatal: true }).decode(lines);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** In order, each once, as the kit does. */
async function deliver(batches: InputBatch[], count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const batch = batches[index];
    batches[index] = {};
    await batch.delivered?.();
  }
}
