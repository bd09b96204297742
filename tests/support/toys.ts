/**
 * Runs a task whose providers are toys: real processes, real pipes, real clock.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type {
  ConfigTree,
  ProviderBlock,
  Task,
} from "../../core/config/task.ts";
import type {
  PipelineEvent,
  RunOutcome,
  RunTaskOptions,
  StopRequest,
} from "../../core/pipeline/mod.ts";
import { runTask } from "../../core/pipeline/mod.ts";
import {
  systemClock,
  systemRandom,
  systemSpawner,
} from "../../core/ports/deno.ts";
import type { Launch } from "../../core/ports/mod.ts";
import type { Lives, Step } from "./toy_provider.ts";

const TOY = fileURLToPath(new URL("./toy_provider.ts", import.meta.url));

/** How to start a toy. */
export function toyLaunch(script: readonly Step[] | Lives): Launch {
  const args = ["run", "-A", "--no-check", "--quiet", TOY];
  return { argv: [Deno.execPath(), ...args, JSON.stringify(script)] };
}

/** A place for what has none. */
export const NOWHERE = {
  file: "dstream.hcl",
  line: 1,
  column: 1,
  width: 1,
  text: "",
};

/** A config block from a value. */
export function configTree(value: Record<string, unknown>): ConfigTree {
  const json = JSON.stringify(value);
  return {
    json: () => json,
    redactedJson: () => json,
    locate: (path) => ({ ...NOWHERE, text: path }),
    keys: () => new Map(Object.keys(value).map((key) => [key, NOWHERE])),
  };
}

/** A block with waits short enough for tests, unless told otherwise. */
export function providerBlock(
  side: "input" | "output",
  more: Partial<ProviderBlock> = {},
): ProviderBlock {
  return {
    side,
    at: NOWHERE,
    source: { kind: "path", path: "toy" },
    sourceAt: NOWHERE,
    args: [],
    env: {},
    readyTimeoutMs: 10_000,
    stdinGraceMs: 1000,
    silentOutputWaitMs: 2000,
    strayLines: "drop",
    restart: {},
    config: configTree({}),
    ...more,
  };
}

/** A task of two blocks. */
export function toyTask(
  input: Partial<ProviderBlock> = {},
  output: Partial<ProviderBlock> = {},
  more: Partial<Task> = {},
): Task {
  return {
    name: "toys",
    type: "providers",
    at: NOWHERE,
    inputs: [providerBlock("input", input)],
    outputs: [providerBlock("output", output)],
    transforms: [],
    delivery: { windowBytes: 32 * 1024 * 1024, windowEnvelopes: 100_000 },
    // A death is told at once; restarts have tests of their own.
    restart: { policy: "never" },
    shutdownGraceMs: 1000,
    maxLineBytes: 16 * 1024 * 1024,
    ...more,
  };
}

/** What to run; everything has a default but the steps. */
export interface ToyRun extends Partial<RunTaskOptions> {
  readonly inputSteps: readonly Step[] | Lives;
  readonly outputSteps: readonly Step[] | Lives;
  readonly deadLetterSteps?: readonly Step[] | Lives;
  /** Receives the way to stop the run. */
  readonly onStarted?: (stop: (request: StopRequest) => void) => void;
}

/** What came of it. */
export interface ToyOutcome extends RunOutcome {
  readonly events: readonly PipelineEvent[];
  readonly userOutput: string;
  /** Codes of the notices, in order. */
  readonly notices: readonly string[];
}

/** Runs a task to its end. */
export async function runToys(run: ToyRun): Promise<ToyOutcome> {
  const events: PipelineEvent[] = [];
  const chunks: Uint8Array[] = [];
  const userOutput = new WritableStream<Uint8Array>({
    write: (chunk) => void chunks.push(chunk.slice()),
  });
  const outcome = await runTask({
    task: toyTask(),
    runId: "01TEST",
    inputs: [{ name: "in-toy", launch: toyLaunch(run.inputSteps) }],
    outputs: [{ name: "out-toy", launch: toyLaunch(run.outputSteps) }],
    deadLetter: run.deadLetterSteps &&
      { name: "dead-toy", launch: toyLaunch(run.deadLetterSteps) },
    clock: systemClock,
    random: systemRandom,
    spawner: systemSpawner,
    userOutput,
    secrets: new Set(),
    isTerminal: false,
    onStop: (stop) => {
      run.onStarted?.(stop);
      return () => {};
    },
    ...run,
    onEvent: (event) => {
      events.push(event);
      run.onEvent?.(event);
    },
  });
  return {
    ...outcome,
    events,
    userOutput: await new Blob(chunks as BlobPart[]).text(),
    notices: events.flatMap((e) => e.kind === "notice" ? [e.code] : []),
  };
}
