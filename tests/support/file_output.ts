/**
 * What the tests of the file output share: a folder of their own, batches from texts,
 * and an output driven without a process.
 *
 * @module
 */

import {
  type JsonObject,
  type OutputBatch,
  type OutputContext,
  parseConfig,
} from "@dstream/sdk";
import { Batcher } from "../../core/sdk/serve/batch.ts";
import { check, config } from "../../providers/file/output/config.ts";
import { momentOf } from "../../providers/file/output/moment.ts";
import { FileOutput } from "../../providers/file/output/output.ts";

/** Runs `use` in a new folder and removes it. @param dir Where, if it matters. */
export async function inFolder<T>(
  use: (folder: string) => Promise<T>,
  dir?: string,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "out_file_", dir });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Lines as the kit would hand them over. */
export function batchOf(text: string): OutputBatch {
  const bytes = new TextEncoder().encode(text);
  const batcher = new Batcher({ maxBytes: Infinity, maxEnvelopes: 100_000 });
  for (const piece of batcher.cut(bytes)) {
    if (piece.kind === "batch") return piece.batch;
  }
  throw new Error("no envelope in it");
}

/** Envelope lines of these payloads, given as JSON text. */
export function envelopes(...data: string[]): string {
  return data
    .map((text, index) => `{"data":${text},"metadata":{"n":${index}}}\n`)
    .join("");
}

/** A context whose clock a test sets. */
export class TestContext implements OutputContext {
  readonly stop = new AbortController();
  readonly signal = this.stop.signal;
  readonly slept: number[] = [];
  readonly warnings: string[] = [];
  readonly hasColours = false;
  readonly log = {
    debug() {},
    info() {},
    warn: (message: string) => void this.warnings.push(message),
    error() {},
  };
  nowMs = Date.UTC(2026, 10, 20, 12, 0, 0);
  /** What a test sets the wall clock forward or back by. */
  wallShiftMs = 0;

  now(): number {
    return this.nowMs + this.wallShiftMs;
  }

  settled(): void {}
  reject(): void {}

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(delayMs: number): Promise<void> {
    this.slept.push(delayMs);
    this.nowMs += delayMs;
    return Promise.resolve();
  }

  print(): Promise<void> {
    return Promise.resolve();
  }
}

/** An output on this config; problems of the config are thrown. */
export async function openOutput(
  given: JsonObject,
  context = new TestContext(),
): Promise<FileOutput> {
  const { values, problems } = parseConfig(config, given);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  const [problem] = check(values);
  if (problem !== undefined) throw new Error(problem.message);
  return await FileOutput.open(values, context.log, momentOf(context));
}

/** One whole run: opens, writes each text as a batch, flushes, ends. */
export async function run(
  given: JsonObject,
  texts: readonly string[],
  context = new TestContext(),
): Promise<void> {
  const output = await openOutput(given, context);
  try {
    for (const text of texts) {
      await output.write(batchOf(text), context);
      await output.flush();
    }
    await output.end(context);
  } finally {
    await output.close();
  }
}

/** The files of a folder and what they hold, hidden ones included. */
export function contents(folder: string): Record<string, string> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return Object.fromEntries(
    names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
  );
}
