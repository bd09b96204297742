/**
 * The input inside a test, with the test in the place of the kit.
 *
 * @module
 */

import {
  type InputBatch,
  type InputContext,
  type JsonObject,
  type Logger,
  parseConfig,
} from "@dstream/sdk";
import {
  config as fields,
  normalise,
} from "../../../providers/mssql/input/config.ts";
import {
  INPUT_TIMES,
  type InputTimes,
  MssqlInput,
} from "../../../providers/mssql/input/input.ts";
import type { TableSchema } from "../../../core/protocol/schema.ts";
import { until } from "../../support/until.ts";

/** An envelope, as far as tests look. */
export interface TestEnvelope {
  // deno-lint-ignore no-explicit-any
  readonly data: any;
  // deno-lint-ignore no-explicit-any
  readonly metadata: any;
}

/** Nobody waits long in a test. */
export const QUICK: InputTimes = {
  ...INPUT_TIMES,
  lockRetryMs: 20,
  firstRetryMs: 10,
  maxRetryMs: 40,
  idleStoreMs: 0,
  flushIntervalMs: 0,
  flushRetryMs: 10,
};

/** How a reading differs from the usual. */
export interface ReadingOptions {
  /** Nothing for a run by hand. */
  readonly task?: string | undefined;
  readonly times?: Partial<InputTimes>;
  /** Batches aren't delivered until {@link Reading.deliver} is called. */
  readonly isHeldBack?: boolean;
}

/** One run of the input; stopped with its brace. */
export class Reading implements AsyncDisposable {
  readonly envelopes: TestEnvelope[] = [];
  /** Of each batch that had one, and how many envelopes had come before. */
  readonly schemas: {
    readonly before: number;
    readonly schema: TableSchema;
  }[] = [];
  readonly logs: string[] = [];
  readonly progress: string[] = [];
  readonly #stop = new AbortController();
  readonly #undelivered: InputBatch[] = [];
  #input: MssqlInput | undefined;
  #reading: Promise<void> | undefined;
  #failure: unknown;
  #isOver = false;
  #isHeldBack: boolean;

  private constructor(readonly options: ReadingOptions) {
    this.#isHeldBack = options.isHeldBack ?? false;
  }

  /** Opens the input and begins to read. */
  static async start(
    config: JsonObject,
    options: ReadingOptions = {},
  ): Promise<Reading> {
    const reading = new Reading(options);
    const { values, problems } = parseConfig(fields, {
      poll_interval: "10ms",
      max_poll_interval: "20ms",
      ...config,
    });
    if (values === undefined) throw new Error(JSON.stringify(problems));
    const signal = reading.#stop.signal;
    const context = {
      signal,
      log: reading.#logger(),
      taskName: "task" in options ? options.task : "test",
    };
    const times = { ...QUICK, ...options.times };
    reading.#input = await MssqlInput.open(normalise(values), context, times);
    reading.#reading = reading.#read(reading.#input).catch((error) => {
      reading.#failure = error;
    }).finally(() => {
      reading.#isOver = true;
    });
    return reading;
  }

  /** Why it ended by itself. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether it has ended, by itself or not. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What {@link TestEnvelope.metadata} says of each, in short. */
  get operations(): string[] {
    return this.envelopes.map(({ metadata }) => metadata.OperationType);
  }

  /** Waits until so many envelopes have come. */
  async take(count: number): Promise<readonly TestEnvelope[]> {
    await until(
      () => this.envelopes.length >= count || this.#failure !== undefined,
      () =>
        `${count} envelopes, got ${this.envelopes.length}\n` +
        this.logs.join("\n"),
    );
    if (this.#failure !== undefined) throw this.#failure;
    return this.envelopes;
  }

  /** Waits until a log line has this in it. */
  async saying(text: string): Promise<void> {
    await until(
      () => this.logs.some((line) => line.includes(text)),
      () => `"${text}" in the log\n${this.logs.join("\n")}`,
    );
  }

  /** What was held back is delivered, and from now on all is at once. */
  deliver(): void {
    this.#isHeldBack = false;
    for (const { delivered } of this.#undelivered.splice(0)) delivered?.();
  }

  /** As the CLI asks for it. */
  async stop(): Promise<void> {
    this.#stop.abort("stop");
    await this.#reading;
    await this.#input?.close();
    this.#input = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#input !== undefined) await this.stop();
  }

  async #read(input: MssqlInput): Promise<void> {
    for await (const batch of input.read(undefined, this.#context())) {
      const schemas = batch.schema === undefined ? [] : [batch.schema].flat();
      const before = this.envelopes.length;
      this.schemas.push(...schemas.map((schema) => ({ before, schema })));
      const text = new TextDecoder().decode(batch.lines);
      const lines = text.split("\n").slice(0, -1);
      if (lines.length !== (batch.lineCount ?? 0)) {
        throw new Error(`${lines.length} lines, said ${batch.lineCount}`);
      }
      this.envelopes.push(...lines.map((line) => JSON.parse(line)));
      if (this.#isHeldBack) this.#undelivered.push(batch);
      else batch.delivered?.();
    }
  }

  #context(): InputContext {
    const { signal } = this.#stop;
    return {
      signal,
      log: this.#logger(),
      sleep: () => Promise.resolve(),
      now: () => Date.now(),
      batchBytes: () => 1024 * 1024,
      gauges: () => {},
      monotonicMs: () => performance.now(),
      progress: (message, done) => {
        this.progress.push(`${message} ${done}`);
      },
    };
  }

  #logger(): Logger {
    const at = (level: string) => (message: string) => {
      this.logs.push(`${level}: ${message}`);
    };
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
    };
  }
}
