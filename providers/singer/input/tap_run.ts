/**
 * One process of a tap, from its start to its end, as batches.
 *
 * @module
 */

import { FinalError, type InputBatch, type Json } from "@dstream/sdk";
import { type Metric, SingerProcess } from "../singer_process.ts";
import { isEmptyState } from "../state.ts";
import { readBatch, recordsOf, removeAll } from "./batch_files.ts";
import { Messages, type Step } from "./messages.ts";
import { OddLines } from "./odd_lines.ts";
import { StreamBook } from "./stream_book.ts";
import type { TapSetup } from "./tap_setup.ts";

/** How to start it. */
export interface TapStart {
  /** Where it goes on; nothing the first time. */
  readonly state: Json | undefined;
  readonly catalogArgs: readonly string[];
  /** Whether an end without a word is the end of the task, not only of this run. */
  readonly isFirst: boolean;
}

/** `EX_DATAERR` of sysexits.h: what it reads is wrong, and stays so. */
const DATA_ERROR = 65;

/** @returns The newest state, which is the one it was given if it said none. */
export async function* runTap(
  setup: TapSetup,
  start: TapStart,
): AsyncGenerator<InputBatch, Json | undefined> {
  const { context: { signal } } = setup;
  await using tap = await startTap(setup, start);
  const stop = () => tap.terminate();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    const run = new TapRun(setup, start.state);
    yield* run.read(tap.stdout);
    const status = await tap.status;
    await setup.configFile.check();
    const hasStopped = signal.aborted;
    if (!status.success && !hasStopped) {
      // Who was killed has nothing wrong with its config.
      const isFinal = status.code === DATA_ERROR ||
        start.isFirst && !run.hasSpoken && status.signal === null;
      throw failure(tap.describeEnd(status), isFinal);
    }
    if (!hasStopped) run.tellEnd(tap.name);
    return run.state;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function startTap(
  setup: TapSetup,
  { state, catalogArgs }: TapStart,
): Promise<SingerProcess> {
  const { config, context, folder } = setup;
  const args = [...await setup.configArgs(), ...catalogArgs];
  if (!isEmptyState(state)) {
    const path = await folder.write("state.json", JSON.stringify(state));
    args.push("--state", path);
  }
  const onMetric = ({ metric, value, tags }: Metric) => {
    const of = tags.stream ?? tags.endpoint;
    const whose = of === undefined ? "" : ` of ${of}`;
    context.progress(`${metric}${whose}: ${value}`);
  };
  args.push(...config.args);
  return new SingerProcess({ ...setup.question, args, onMetric });
}

/** A tap that never said a word has a wrong config, most often. */
function failure(message: string, isFinal: boolean): Error {
  return isFinal
    ? new FinalError("singer.tap_failed", message, { key: "tap" })
    : new Error(message);
}

class TapRun {
  readonly #setup: TapSetup;
  readonly #messages: Messages;
  readonly #book: StreamBook;
  state: Json | undefined;
  /** Whether any message came. */
  hasSpoken = false;

  constructor(setup: TapSetup, state: Json | undefined) {
    this.#setup = setup;
    this.state = state;
    const { config, context: { log } } = setup;
    this.#book = new StreamBook(log, config.activateVersion);
    this.#messages = new Messages(
      this.#book,
      new OddLines(log, config.nonFinite),
    );
  }

  async *read(stdout: ReadableStream<Uint8Array>): AsyncGenerator<InputBatch> {
    for await (const chunk of stdout) {
      for (const step of this.#messages.take(chunk)) yield* this.#batches(step);
    }
    for (const step of this.#messages.end()) yield* this.#batches(step);
  }

  tellEnd(name: string): void {
    const counts = [...this.#book.counts()]
      .map(([stream, count]) => `${stream} ${count}`);
    const what = counts.length === 0 ? "no record" : counts.join(", ");
    this.#setup.context.log.info(`${name} has ended: ${what}`);
    if (this.hasSpoken) return;
    this.#setup.context.log.warn(
      `${name} wrote no message at all; is something selected?`,
    );
  }

  async *#batches(step: Step): AsyncGenerator<InputBatch> {
    this.hasSpoken = true;
    if (step.kind === "schema") {
      yield { schema: step.stream.schema };
    } else if (step.kind === "lines") {
      yield this.#lines(step);
    } else {
      yield* this.#files(step);
    }
  }

  #lines(
    { lines, count, state }: Extract<Step, { kind: "lines" }>,
  ): InputBatch {
    if (state === undefined) return { lines, lineCount: count };
    // An empty one would have the next run begin anew.
    const isNothing = isEmptyState(state) && !isEmptyState(this.state);
    if (!isNothing) this.state = state;
    return { lines, lineCount: count, state: isNothing ? undefined : state };
  }

  async *#files(
    { message }: Extract<Step, { kind: "batch" }>,
  ): AsyncGenerator<InputBatch> {
    const batch = readBatch(message);
    for (const path of batch.paths) {
      for await (const records of recordsOf(batch, path)) {
        for (const step of this.#messages.take(records)) {
          yield* this.#batches(step);
        }
      }
    }
    yield { delivered: () => removeAll(batch.paths) };
  }
}
