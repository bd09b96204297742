/**
 * The `rest` input in the test's own process.
 *
 * @module
 */

import { type Json, parseConfig } from "@dstream/sdk";
import { driveInput, TestContext } from "@dstream/sdk/testing";
import { check, config } from "../../../providers/rest/input/config.ts";
import { RestInput } from "../../../providers/rest/input/input.ts";

/** What a run brought. */
export interface RestRun {
  /** The `data` of all envelopes. */
  readonly data: Json[];
  readonly tables: Json[];
  readonly positions: Json[];
  /** The last one. */
  readonly state: Json | undefined;
  /** How many there were. */
  readonly states: number;
  readonly schemas: Json[];
  readonly context: TestContext;
}

/** A config as a user writes it. */
export function readConfig(values: Record<string, Json>) {
  const { values: parsed, problems } = parseConfig(config, values);
  if (parsed === undefined) throw new Error(JSON.stringify(problems));
  const [problem] = check(parsed);
  if (problem !== undefined) throw new Error(problem.message);
  return parsed;
}

/** One turn, or as many as it takes. */
export async function runRest(
  values: Readonly<Record<string, Json | undefined>>,
  resume?: Json,
  context: TestContext = new TestContext(),
): Promise<RestRun> {
  const input = await RestInput.open(
    readConfig(JSON.parse(JSON.stringify({ follow: false, ...values }))),
    context,
  );
  const run = { data: [], tables: [], positions: [], schemas: [] } as Record<
    "data" | "tables" | "positions" | "schemas",
    Json[]
  >;
  let state: Json | undefined;
  let states = 0;
  try {
    for await (const batch of driveInput(input, resume, context)) {
      for (const { data, metadata } of batch.envelopes) {
        run.data.push(data);
        run.tables.push((metadata as { table: Json }).table);
        run.positions.push((metadata as { position: Json }).position);
      }
      run.schemas.push(...batch.schemas as unknown as Json[]);
      if (batch.state !== undefined) states++;
      state = batch.state ?? state;
    }
  } finally {
    await input.close();
  }
  return { ...run, state, states, context };
}
