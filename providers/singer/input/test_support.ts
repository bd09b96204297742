/**
 * Drives the input in this process against a fake tap.
 *
 * @module
 */

import type { Json, JsonObject } from "@dstream/sdk";
import { parseConfig } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";
import { TestContext, type TestContextOptions } from "@dstream/sdk/testing";
import { FAKE_TAP } from "../../../tests/support/singer/fakes.ts";
import { config as fields } from "./config.ts";
import { SingerInput } from "./input.ts";

/** What came of a run. */
export interface TapOutcome {
  /** Envelope lines as they were written, without their ends. */
  readonly lines: readonly string[];
  readonly states: readonly Json[];
  readonly schemas: readonly TableSchema[];
  readonly error: Error | undefined;
  readonly context: TestContext;
  /** How long it paused each time, in milliseconds. */
  readonly pausesMs: readonly number[];
}

/** How to run. */
export interface TapOptions extends TestContextOptions {
  readonly resume?: Json;
  /** Beside `tap` and `tap_config`. */
  readonly config?: JsonObject;
  readonly onBatch?: (lines: number, context: TestContext) => void;
  /** It is stopped at this pause. */
  readonly stopAtPause?: number;
  /** Whether what was read counts as delivered. */
  readonly isDelivered?: boolean;
}

/** Runs the fake tap with its own config. */
export async function runTap(
  tapConfig: JsonObject,
  options: TapOptions = {},
): Promise<TapOutcome> {
  const pausesMs: number[] = [];
  const context: TestContext = new TestContext({
    ...options,
    onSleep: (delayMs) => {
      pausesMs.push(delayMs);
      if (pausesMs.length === options.stopAtPause) context.stop.abort();
    },
  });
  const lines: string[] = [];
  const states: Json[] = [];
  const schemas: TableSchema[] = [];
  let error: Error | undefined;
  const given = { tap: FAKE_TAP, tap_config: tapConfig, ...options.config };
  const { values, problems } = parseConfig(fields, given as JsonObject);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  try {
    for await (
      const batch of new SingerInput(values).read(options.resume, context)
    ) {
      if (batch.schema !== undefined) schemas.push(...[batch.schema].flat());
      const text = new TextDecoder().decode(batch.lines);
      lines.push(...text.split("\n").filter(Boolean));
      if (batch.state !== undefined) states.push(batch.state);
      if (options.isDelivered) await batch.delivered?.();
      options.onBatch?.(lines.length, context);
    }
  } catch (caught) {
    error = caught as Error;
  }
  return { lines, states, schemas, error, context, pausesMs };
}

/** A RECORD message of the stream `orders`. */
export function record(values: JsonObject, more: JsonObject = {}) {
  return { say: { type: "RECORD", stream: "orders", record: values, ...more } };
}

/** A SCHEMA message of the stream `orders`. */
export function schema(more: JsonObject = {}) {
  const properties = { id: { type: "integer" } };
  return {
    say: {
      type: "SCHEMA",
      stream: "orders",
      schema: { type: "object", properties },
      key_properties: ["id"],
      ...more,
    },
  };
}

/** A STATE message. */
export function state(value: Json) {
  return { say: { type: "STATE", value } };
}
