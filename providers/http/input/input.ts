/**
 * Takes webhooks: a request is answered when its envelopes are delivered.
 *
 * @module
 */

import type {
  Input,
  InputBatch,
  InputContext,
  Json,
  OpenContext,
} from "@dstream/sdk";
import type { HttpInputConfig } from "./config.ts";
import { WebhookServer } from "./server.ts";
import { Queue } from "./waiting.ts";

/** A server that others write to. */
export class HttpInput implements Input {
  readonly #config: HttpInputConfig;
  readonly #queue: Queue;
  readonly #server: WebhookServer;

  constructor(config: HttpInputConfig, context: OpenContext) {
    this.#config = config;
    this.#queue = new Queue(config.maxWaiting);
    this.#server = new WebhookServer(config, this.#queue, context);
    const { listen, path } = config;
    const host = listen.slice(0, listen.lastIndexOf(":"));
    context.log.info(`listening on ${host}:${this.port}${path}`);
  }

  get port(): number {
    return this.#server.port;
  }

  async *read(
    _resume: Json | undefined,
    { signal }: InputContext,
  ): AsyncIterable<InputBatch> {
    const { maxCount } = this.#config;
    let left = maxCount === 0 ? Infinity : maxCount;
    for (;;) {
      const waiting = await this.#queue.take(signal);
      if (signal.aborted || left <= 0) this.#server.isClosing = true;
      for (const { envelopes, settle } of waiting) {
        left -= envelopes.length;
        yield { envelopes, delivered: settle };
      }
      if (left <= 0 || (signal.aborted && waiting.length === 0)) break;
    }
    this.#server.isClosing = true;
  }

  async close(): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
