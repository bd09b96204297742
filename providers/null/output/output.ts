/**
 * Takes everything, keeps nothing, counts.
 *
 * @module
 */

import {
  DstreamError,
  type Output,
  type OutputBatch,
  type OutputContext,
} from "@dstream/sdk";
import type { NullConfig } from "./config.ts";

/** Never looks inside an envelope. */
export class NullOutput implements Output {
  #envelopes = 0;
  #bytes = 0;

  constructor(readonly config: NullConfig) {}

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    const { delayMs, failAfter } = this.config;
    if (delayMs > 0) await context.sleep(delayMs);
    this.#envelopes += batch.count;
    this.#bytes += batch.bytes.length;
    if (failAfter > 0 && this.#envelopes >= failAfter) {
      throw new DstreamError(
        "null.failed",
        `failed as asked for, after ${this.#envelopes} envelopes`,
      );
    }
  }

  end({ log }: OutputContext): Promise<void> {
    log.info("Took everything there was", {
      envelopes: this.#envelopes,
      bytes: this.#bytes,
    });
    return Promise.resolve();
  }
}
