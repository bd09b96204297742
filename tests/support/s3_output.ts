/**
 * The `s3` output driven in this process, against a real server.
 *
 * @module
 */

import { type JsonObject, type OutputContext, parseConfig } from "@dstream/sdk";
import { TestContext } from "@dstream/sdk/testing";
import { ObjectOutput, S3Store } from "../../providers/objects/mod.ts";
import {
  check,
  config,
  objectHeadersOf,
  type S3OutputConfig,
} from "../../providers/s3/output/config.ts";
import { Batcher, type LineBatch } from "../../core/sdk/serve/batch.ts";
import type { TestBucket } from "./s3_bucket.ts";

/** A row as a test writes it. */
export interface Row {
  readonly data: unknown;
  readonly metadata?: JsonObject;
}

/** An output, what it was told and what it says is settled. */
export class DrivenOutput implements AsyncDisposable {
  readonly #batcher = new Batcher({
    maxBytes: Infinity,
    maxEnvelopes: 1_000_000,
  });

  private constructor(
    readonly output: ObjectOutput,
    readonly context: RealTime,
  ) {}

  static async open(
    bucket: TestBucket,
    more: JsonObject = {},
  ): Promise<DrivenOutput> {
    return await DrivenOutput.openWith({ ...bucket.config, ...more });
  }

  /** The store beneath, to look at a bucket with. */
  static storeOf(bucket: TestBucket): S3Store {
    const context = new RealTime();
    const options = { retryTimeoutMs: 1000 };
    return new S3Store(configOf(bucket.config), options, context);
  }

  static async openWith(config: JsonObject): Promise<DrivenOutput> {
    const values = configOf(config);
    const context = new RealTime();
    const store = new S3Store(values, {
      objectHeaders: objectHeadersOf(values),
      retryTimeoutMs: values.retryTimeout,
    }, context);
    const output = await ObjectOutput.open(values, store, context);
    return new DrivenOutput(output, context);
  }

  /** The place of the last line that is settled. */
  get settledTo(): number {
    return this.context.settledTo;
  }

  /** Writes rows as one batch. @returns It, with its rejections. */
  async write(...rows: readonly Row[]): Promise<LineBatch> {
    const text = rows.map(({ data, metadata = {} }) =>
      `${JSON.stringify({ data, metadata })}\n`
    ).join("");
    return await this.writeText(text);
  }

  async writeText(text: string): Promise<LineBatch> {
    let taken: LineBatch | undefined;
    for (const piece of this.#batcher.cut(new TextEncoder().encode(text))) {
      if (piece.kind !== "batch") continue;
      taken = piece.batch;
      await this.output.write(taken, this.context);
    }
    return taken!;
  }

  flush(): Promise<void> {
    return this.output.flush();
  }

  /** As when the process is killed: nothing is finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.output.close();
  }
}

/** The values of a config, as the kit would hand them over. */
export function configOf(given: JsonObject): S3OutputConfig {
  const { values, problems } = parseConfig(config, given);
  const all = [...problems, ...values === undefined ? [] : check(values)];
  if (values === undefined || all.length > 0) throw new Error(all[0].message);
  return values;
}

/** Time passes as it does. */
class RealTime extends TestContext {
  override readonly now: OutputContext["now"] = () =>
    Date.now() + this.wallShiftMs;
  override readonly monotonicMs: OutputContext["monotonicMs"] = () =>
    performance.now();
  override readonly sleep: OutputContext["sleep"] = (delayMs) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
}

/** Waits for what a test means, and says so when it never comes. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!await isTrue()) {
    if (performance.now() > endMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
