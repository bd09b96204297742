/**
 * The Service Bus output and input driven without a process, against a test server.
 *
 * @module
 */

import type {
  Envelope,
  InputBatch,
  InputContext,
  Json,
  JsonObject,
  OpenContext,
  OutputContext,
} from "@dstream/sdk";
import { parseConfig } from "@dstream/sdk";
import { Batcher, type LineBatch } from "../../core/sdk/serve/batch.ts";
import { TestContext } from "../../core/sdk/testing/test_context.ts";
import * as inConfig from "../../providers/servicebus/input/config.ts";
import { ServiceBusInput } from "../../providers/servicebus/input/input.ts";
import * as outConfig from "../../providers/servicebus/output/config.ts";
import { ServiceBusOutput } from "../../providers/servicebus/output/output.ts";
import type { Queue } from "./servicebus/queue.ts";
import type { Server } from "./servicebus/server.ts";

/** A log that keeps its warnings. */
export class Log {
  readonly warnings: string[] = [];
  debug(): void {}
  info(): void {}
  error(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** What `open` gets. */
export function openContext(log: Log): OpenContext {
  const { signal, sleep, now, monotonicMs, features } = new TestContext();
  const times = { sleep, now, monotonicMs };
  return { log, signal, ...times, features, taskName: undefined };
}

/** Lines as the kit would hand them over. */
export function batchOf(envelopes: readonly object[]): LineBatch {
  const text = envelopes.map((each) => `${JSON.stringify(each)}\n`).join("");
  return batchOfText(text);
}

/** The same of a text. */
export function batchOfText(text: string): LineBatch {
  const batcher = new Batcher({ maxBytes: Infinity, maxEnvelopes: 100_000 });
  for (const piece of batcher.cut(new TextEncoder().encode(text))) {
    if (piece.kind === "batch") return piece.batch;
  }
  throw new Error("no envelope in it");
}

/** Envelopes with these data. */
export function envelopesOf(data: readonly Json[]): JsonObject[] {
  return data.map((each) => ({ data: each, metadata: {} }));
}

/** An output's values, or all that is wrong with them. */
export function outputConfig(given: JsonObject) {
  const { values, problems } = parseConfig(outConfig.config, given);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  return values;
}

/** An input's values. */
export function inputConfig(given: JsonObject) {
  const { values, problems } = parseConfig(inConfig.config, given);
  if (values === undefined) throw new Error(JSON.stringify(problems));
  return values;
}

/** An output that is open. */
export class OutputUnderTest implements AsyncDisposable {
  readonly log = new Log();
  readonly stop = new AbortController();
  readonly #output: ServiceBusOutput;

  private constructor(output: ServiceBusOutput, log: Log) {
    this.#output = output;
    this.log = log;
  }

  static async open(
    server: Server,
    config: JsonObject,
  ): Promise<OutputUnderTest> {
    const { connectionString } = server;
    const values = outputConfig({
      connection_string: connectionString,
      ...config,
    });
    const log = new Log();
    const output = await ServiceBusOutput.open(values, openContext(log));
    return new OutputUnderTest(output, log);
  }

  /** @returns Why lines were rejected, by their place. */
  async write(batch: LineBatch): Promise<Record<number, string>> {
    await this.#output.write(batch, this.#context());
    const rejections = [...batch.rejections.values()];
    return Object.fromEntries(
      rejections.map(({ seq, reason, code }) => [
        seq - batch.first,
        `${code}: ${reason}`,
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#output.close();
  }

  #context(): OutputContext {
    return {
      log: this.log,
      signal: this.stop.signal,
      // Pauses are shortened, not left out: the server needs its time, too.
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms / 20)),
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      print: () => Promise.resolve(),
      hasColours: false,
      settled: () => {},
      reject: () => {},
    };
  }
}

/** An input that is open and read. */
export class InputUnderTest implements AsyncDisposable {
  readonly log = new Log();
  readonly stop = new AbortController();
  readonly #input: ServiceBusInput;
  readonly #batches: AsyncIterator<InputBatch>;
  readonly #undelivered: InputBatch[] = [];
  #held: Envelope[] = [];

  private constructor(input: ServiceBusInput, log: Log) {
    this.log = log;
    this.#input = input;
    const context: InputContext = {
      log,
      signal: this.stop.signal,
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms / 20)),
      now: () => Date.now(),
      batchBytes: () => 1024 * 1024,
      monotonicMs: () => performance.now(),
      progress() {},
      gauges() {},
    };
    this.#batches = input.read(undefined, context)[Symbol.asyncIterator]();
  }

  static async open(
    server: Server,
    config: JsonObject,
  ): Promise<InputUnderTest> {
    const { connectionString } = server;
    const values = inputConfig({
      connection_string: connectionString,
      ...config,
    });
    const log = new Log();
    const input = await ServiceBusInput.open(values, openContext(log));
    return new InputUnderTest(input, log);
  }

  /** The next batch; nothing at the end. */
  async takeSome(): Promise<Envelope[]> {
    const { value, done } = await this.#batches.next();
    if (done) return [];
    this.#undelivered.push(value);
    const text = new TextDecoder().decode(value.lines);
    return text.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  /** The next so many envelopes; fewer at the end. */
  async take(count: number): Promise<Envelope[]> {
    while (this.#held.length < count) {
      const some = await this.takeSome();
      if (some.length === 0) break;
      this.#held.push(...some);
    }
    const taken = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return taken;
  }

  /** Everything taken so far is delivered. */
  async deliver(): Promise<void> {
    for (const { delivered } of this.#undelivered.splice(0)) {
      await delivered?.();
    }
  }

  /** The stop record, and all up to the end. */
  async end(): Promise<void> {
    this.stop.abort();
    while (!(await this.#batches.next()).done);
    await this.#input.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.#input.close();
  }
}

/** The bodies in a queue as JSON, in order. */
export function bodiesOf(queue: Queue): unknown[] {
  return queue.messages.map(({ message }) => JSON.parse(bodyText(message)));
}

/** The body of a message as rhea decodes it, as text. */
export function bodyText(message: { body: { content: Uint8Array } }): string {
  return new TextDecoder().decode(message.body.content);
}

/** Waits until it is so. @throws After `limitMs`. */
export async function until(
  isSo: () => boolean,
  what: string,
  limitMs = 10_000,
): Promise<void> {
  const startMs = performance.now();
  while (!isSo()) {
    if (performance.now() - startMs > limitMs) {
      throw new Error(`not within ${limitMs} ms: ${what}`);
    }
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

const [major, minor] = Deno.version.deno.split(".").map(Number);

/**
 * For tests with a client and its server in one process: Deno 2.6 stalls their
 * sockets now and then. There, providers are tested as processes of their own.
 */
export const testInOneProcess: typeof Deno.test = major > 2 || minor >= 9
  ? Deno.test
  : Deno.test.ignore as typeof Deno.test;
