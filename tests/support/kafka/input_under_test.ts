/**
 * The Kafka input driven without a process: what it yields is taken, and confirmed
 * when a test says so.
 *
 * @module
 */

import type {
  Envelope,
  InputBatch,
  InputContext,
  JsonObject,
} from "@dstream/sdk";
import { parseConfig } from "@dstream/sdk";
import {
  check,
  config,
  withEntity,
} from "../../../providers/kafka/input/config.ts";
import { KafkaInput } from "../../../providers/kafka/input/input.ts";
import { Log } from "../servicebus_output.ts";
import { openContext } from "./output_under_test.ts";

/** No wait of a test is longer. */
const PATIENCE_MS = 60_000;

/** Values of its config. @throws With all that is wrong. */
export function kafkaInputConfig(given: JsonObject) {
  const { values, problems } = parseConfig(config, given);
  const found = values === undefined ? problems : [...check(values)];
  if (values === undefined || found.length > 0) {
    throw new Error(JSON.stringify(found));
  }
  return withEntity(values);
}

/** An input that is open and read. */
export class KafkaInputUnderTest implements AsyncDisposable {
  readonly stop = new AbortController();
  /** What it said of its progress last. */
  progressed: readonly [string, number?, number?] | undefined;
  /** The numbers it gave for the metrics last. */
  gauges: Readonly<Record<string, number>> = {};
  readonly #batches: AsyncIterator<InputBatch>;
  #pending: Promise<IteratorResult<InputBatch>> | undefined;
  #undelivered: InputBatch[] = [];
  #held: Envelope[] = [];
  #text = "";

  private constructor(
    private readonly input: KafkaInput,
    readonly log: Log,
  ) {
    const context: InputContext = {
      log,
      signal: this.stop.signal,
      sleep: (ms) => new Promise((wake) => setTimeout(wake, ms)),
      now: () => Date.now(),
      batchBytes: () => 1024 * 1024,
      monotonicMs: () => performance.now(),
      progress: (...said) => this.progressed = said,
      gauges: (values) => this.gauges = values,
    };
    this.#batches = input.read(undefined, context)[Symbol.asyncIterator]();
  }

  /** What it has fetched and not handed over. */
  get aheadBytes(): number {
    return this.input.aheadBytes;
  }

  static async open(config: JsonObject): Promise<KafkaInputUnderTest> {
    const log = new Log();
    const input = await KafkaInput.open(
      kafkaInputConfig(config),
      openContext(log, new AbortController().signal),
    );
    return new KafkaInputUnderTest(input, log);
  }

  /**
   * The next batch's envelopes; none at the end.
   * @param limitMs Without any for so long: none, and it is still read.
   */
  async takeSome(limitMs = PATIENCE_MS): Promise<Envelope[]> {
    this.#pending ??= this.#batches.next();
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limitMs);
    });
    const result = await Promise.race([this.#pending, late])
      .finally(() => clearTimeout(timer));
    if (result === undefined) return [];
    this.#pending = undefined;
    if (result.done) return [];
    this.#undelivered.push(result.value);
    const text = new TextDecoder().decode(result.value.lines);
    this.#text += text;
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
    if (lines.length !== result.value.lineCount) {
      throw new Error(
        `${result.value.lineCount} lines, and not ${lines.length}`,
      );
    }
    return lines;
  }

  /** The next batch, not looked into. @returns How many envelopes. */
  async countSome(): Promise<number> {
    const { value, done } = await this.#batches.next();
    if (done) return 0;
    this.#undelivered.push(value);
    return value.lineCount ?? 0;
  }

  /** The next so many envelopes; fewer at the end. */
  async take(count: number, limitMs?: number): Promise<Envelope[]> {
    while (this.#held.length < count) {
      const some = await this.takeSome(limitMs);
      if (some.length === 0) break;
      this.#held.push(...some);
    }
    const taken = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    return taken;
  }

  /** All up to the end. */
  takeAll(): Promise<Envelope[]> {
    return this.take(Infinity);
  }

  /** The lines of all up to the end, as they are. */
  async takeText(): Promise<string> {
    await this.takeAll();
    return this.#text;
  }

  /** Everything taken so far has arrived. */
  async confirm(): Promise<void> {
    for (const { delivered } of this.#undelivered.splice(0)) {
      await delivered?.();
    }
  }

  /** The stop, and all up to the end. */
  async end(): Promise<void> {
    this.stop.abort();
    while (!(await (this.#pending ?? this.#batches.next())).done) {
      this.#pending = undefined;
    }
    await this.input.close();
  }

  /** As if it were killed: nothing is committed, nobody is told. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.input.close();
  }
}
