/**
 * The Kafka output driven without a process.
 *
 * @module
 */

import type { JsonObject, OpenContext, OutputContext } from "@dstream/sdk";
import { parseConfig } from "@dstream/sdk";
import type { LineBatch } from "../../../core/sdk/serve/batch.ts";
import {
  check,
  config,
  withEventHubs,
} from "../../../providers/kafka/output/config.ts";
import { KafkaOutput } from "../../../providers/kafka/output/output.ts";
import { Log } from "../servicebus_output.ts";

/** Values of its config. @throws With all that is wrong. */
export function kafkaOutputConfig(given: JsonObject) {
  const { values, problems } = parseConfig(config, given);
  const found = values === undefined ? problems : [...check(values)];
  if (values === undefined || found.length > 0) {
    throw new Error(JSON.stringify(found));
  }
  return withEventHubs(values);
}

/** What `open` gets, by real time. */
export function openContext(
  log: Log,
  signal: AbortSignal,
  monotonicMs = () => performance.now(),
): OpenContext {
  return {
    log,
    signal,
    sleep: pause,
    now: () => Date.now(),
    monotonicMs,
    features: new Set(["ack", "schema", "state"]),
    taskName: "test",
  };
}

/** An output that is open. */
export class KafkaOutputUnderTest implements AsyncDisposable {
  readonly stop = new AbortController();

  private constructor(
    private readonly output: KafkaOutput,
    readonly log: Log,
    /** What its clock is ahead. */
    readonly clock: { shiftMs: number },
  ) {}

  static async open(config: JsonObject): Promise<KafkaOutputUnderTest> {
    const log = new Log();
    const { signal } = new AbortController();
    const clock = { shiftMs: 0 };
    const output = await KafkaOutput.open(
      kafkaOutputConfig(config),
      openContext(log, signal, () => performance.now() + clock.shiftMs),
    );
    return new KafkaOutputUnderTest(output, log, clock);
  }

  /** @returns Why lines were rejected, by their place. */
  async write(batch: LineBatch): Promise<Record<number, string>> {
    await this.output.write(batch, this.#context());
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
    await this.output.close();
  }

  #context(): OutputContext {
    return {
      log: this.log,
      signal: this.stop.signal,
      sleep: pause,
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
      print: () => Promise.resolve(),
      reject() {},
      settled() {},
      hasColours: false,
    };
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, delayMs));
}
