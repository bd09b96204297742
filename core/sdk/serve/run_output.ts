/**
 * The run of an output: lines from stdin, handed over in batches, settled.
 *
 * Reading goes on while a batch is written, so the next one is as large as the
 * last one was slow. Nothing here waits for more input while it holds lines that
 * could be acknowledged. Who ends it and how is output_run.ts.
 *
 * @module
 */

import type { ProtocolOffer } from "../../protocol/command.ts";
import { DEFAULT_MAX_LINE_BYTES } from "../../protocol/envelope.ts";
import type { Config, Fields } from "../config/mod.ts";
import { FinalError } from "../errors.ts";
import type { BatchLimits, Output, OutputDefinition } from "../output.ts";
import { type BatchBounds, Batcher, type Piece } from "./batch.ts";
import { USUAL_WINDOW } from "./handshake.ts";
import { LinePump } from "./line_pump.ts";
import type { Serving } from "./mod.ts";
import { openContext } from "./open_context.ts";
import { OutputRun } from "./output_run.ts";
import { Unflushed } from "./unflushed.ts";

const BUFFER_BYTES = 1024 * 1024;
const MAX_BATCH_ENVELOPES = 10_000;

/** @returns The exit status. */
export async function runOutput<F extends Fields>(
  definition: OutputDefinition<F>,
  config: Config<F>,
  serving: Serving,
): Promise<number> {
  const { start } = serving;
  using run = new OutputRun(serving);
  const context = openContext(serving, run.signal);
  const output = await definition.open(config, context);
  try {
    await serving.sayReady();
    const window = start.protocol?.window ?? USUAL_WINDOW;
    const bounds = batchBounds(definition.batch?.(config) ?? {}, window);
    const pump = createPump(serving, window);
    run.attach(pump);
    const loop = new OutputLoop(serving, run, output, window);
    const final = await finalOf(loop.run(pump, bounds));
    await run.acks.finish();
    if (final !== undefined) await run.sayFinal(final);
    return run.status;
  } finally {
    await output.close?.();
  }
}

/** @returns Why the destination can't take anything, ever. */
async function finalOf(work: Promise<void>): Promise<FinalError | undefined> {
  try {
    await work;
  } catch (error) {
    if (error instanceof FinalError) return error;
    throw error;
  }
}

type Window = NonNullable<ProtocolOffer["window"]>;

/** A batch never holds more than half the window, or the stream would stall. */
function batchBounds(limits: BatchLimits, window: Window): BatchBounds {
  const { maxBytes = BUFFER_BYTES, maxEnvelopes = MAX_BATCH_ENVELOPES } =
    limits;
  return {
    maxBytes: Math.max(1, Math.min(maxBytes, window.bytes / 2)),
    maxEnvelopes: Math.max(
      1,
      Math.floor(Math.min(maxEnvelopes, window.envelopes / 2)),
    ),
  };
}

function createPump({ host, first }: Serving, window: Window): LinePump {
  const maxLineBytes = Math.max(DEFAULT_MAX_LINE_BYTES, window.bytes);
  return new LinePump(host, first, { bufferBytes: BUFFER_BYTES, maxLineBytes });
}

/** Takes lines, writes them, says what is settled. */
class OutputLoop {
  readonly #serving: Serving;
  readonly #run: OutputRun;
  readonly #output: Output;
  readonly #context: ReturnType<OutputRun["context"]>;
  readonly #unflushed: Unflushed;
  #settledTo = 0;

  constructor(
    serving: Serving,
    run: OutputRun,
    output: Output,
    window: Window,
  ) {
    this.#serving = serving;
    this.#run = run;
    this.#output = output;
    this.#context = run.context((position) => this.#settleTo(position));
    const { host, agreement } = serving;
    this.#unflushed = new Unflushed(host, window, agreement.hold);
  }

  /** Until the end of stdin. */
  async run(pump: LinePump, bounds: BatchBounds): Promise<void> {
    const batcher = new Batcher(bounds);
    for (;;) {
      if (!pump.hasLines) await this.#flushWhenIdle(pump);
      const region = await pump.next();
      if (region === undefined) break;
      for (const piece of batcher.cut(region)) {
        if (piece.kind !== "flush") await this.#deliver(piece);
        const isDue = piece.kind === "flush" || this.#unflushed.isDue;
        if (isDue) await this.#flush();
      }
    }
    await this.#flush();
    this.#reportCutLine(pump.unterminatedBytes);
    // A signal is no end of the data: what is there stays to be gone on with.
    if (this.#run.signal.aborted) return;
    await this.#run.busy(async () => await this.#output.end?.(this.#context));
  }

  async #deliver(piece: Exclude<Piece, { kind: "flush" }>): Promise<void> {
    const { acks } = this.#run;
    if (piece.kind === "rejected") {
      await acks.reject([piece.rejection]);
      return this.#settle(piece.rejection.seq, 1, piece.sizeBytes);
    }
    const { batch } = piece;
    await this.#run.busy(() => this.#output.write(batch, this.#context));
    await acks.reject(batch.rejections.values());
    const last = batch.first + batch.count - 1;
    this.#settle(last, batch.count, batch.bytes.length);
  }

  /** Some of what was taken is durable before the rest. */
  #settleTo(upTo: number): void {
    const { position, sizeBytes } = this.#unflushed.clearTo(upTo);
    this.#run.acks.settle(position, sizeBytes);
    // Of lines that `write` still has, rejections are to be told first.
    this.#settledTo = upTo;
  }

  #settle(position: number, count: number, sizeBytes: number): void {
    if (this.#output.flush === undefined) {
      this.#run.acks.settle(position, sizeBytes);
      return;
    }
    this.#unflushed.add(position, count, sizeBytes);
    if (this.#settledTo > position - count) this.#settleTo(this.#settledTo);
  }

  /** Waits for more lines, but not longer than what is held may wait. */
  async #flushWhenIdle(pump: LinePump): Promise<void> {
    while (!this.#unflushed.isEmpty) {
      await pump.wait(this.#unflushed.patienceMs);
      const isIdle = !pump.hasLines && !this.#unflushed.isHeld;
      if (isIdle || this.#unflushed.isDue) await this.#flush();
      // What was held longest may be settled meanwhile, and the rest waits on.
      else if (pump.hasLines) return;
    }
  }

  async #flush(): Promise<void> {
    if (this.#unflushed.isEmpty) return;
    await this.#run.busy(async () => await this.#output.flush?.());
    const { position, sizeBytes } = this.#unflushed.clear();
    this.#run.acks.settle(position, sizeBytes);
  }

  #reportCutLine(bytes: number): void {
    if (bytes === 0) return;
    this.#serving.log.warn("the last line was cut off and is left out", {
      bytes,
    });
  }
}
