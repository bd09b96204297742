/**
 * Sends envelopes to an event hub; acknowledged when the service has them.
 *
 * Events with one partition key go one batch after the other, in order; different
 * keys don't wait for each other. Event Hubs drops no duplicates: what a crash
 * repeats has the same message id.
 *
 * @module
 */

import type { EventDataBatch, EventHubProducerClient } from "@azure/event-hubs";
import {
  ConfigError,
  type OpenContext,
  type Output,
  type OutputBatch,
  type OutputContext,
} from "@dstream/sdk";
import { Scope, within } from "@dstream/sdk/service";
import {
  connect,
  ConnectionWatch,
  describeFailure,
  failureCode,
  type RetryDeps,
  retryWhileOpening,
  retryWhileSending,
  withRetries,
} from "../../azure/mod.ts";
import type { EventHubsConfig } from "./config.ts";
import { EventMaker, type KeyedEvent } from "./event.ts";

/** One attempt takes no longer. */
const ATTEMPT_MS = 30_000;
const CLOSE_MS = 4000;

interface Outgoing extends KeyedEvent {
  readonly index: number;
}

export class EventHubsOutput implements Output {
  readonly #config: EventHubsConfig;
  readonly #client: EventHubProducerClient;
  readonly #watch: ConnectionWatch;
  readonly #maker: EventMaker;

  private constructor(config: EventHubsConfig, client: EventHubProducerClient) {
    this.#config = config;
    this.#client = client;
    this.#watch = new ConnectionWatch(client);
    this.#maker = new EventMaker(config);
  }

  /** @throws {ConfigError} When the hub can't be opened. */
  static async open(
    config: EventHubsConfig,
    { signal, log }: OpenContext,
  ): Promise<EventHubsOutput> {
    const output = new EventHubsOutput(config, await openClient(config));
    try {
      await output.#createBatch(undefined, retryWhileOpening(signal, log));
      return output;
    } catch (error) {
      await output.close();
      const text = describeFailure(`open ${output.#name}`, error);
      const isWrong = /^MessagingEntityNotFound/.test(failureCode(error));
      throw isWrong ? new ConfigError("event_hub", text) : new Error(text);
    }
  }

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    const lanes = [...this.#lanesOf(batch).values()];
    const retry = retryWhileSending(context, this.#config.retryTimeout);
    let failure: { readonly error: unknown } | undefined;
    const worker = async () => {
      for (let lane; !failure && (lane = lanes.shift()) !== undefined;) {
        await this.#sendLane(lane, batch, retry)
          .catch((error) => failure ??= { error });
      }
    };
    const count = Math.min(this.#config.maxConcurrentSends, lanes.length);
    await Promise.all(Array.from({ length: count }, worker));
    if (failure === undefined) return;
    throw new Error(describeFailure(`send to ${this.#name}`, failure.error));
  }

  /** All is acknowledged by then: a service that is gone must not keep us. */
  async close(): Promise<void> {
    await within(CLOSE_MS, this.#client.close());
  }

  get #name(): string {
    return JSON.stringify(this.#client.eventHubName);
  }

  /** By partition key; those without one go together. */
  #lanesOf(batch: OutputBatch): Map<string | undefined, Outgoing[]> {
    const lanes = new Map<string | undefined, Outgoing[]>();
    for (let index = 0; index < batch.count; index++) {
      if (batch.envelopes[index] === undefined) continue;
      const made = this.#maker.make(new Scope(batch, index));
      const lane = lanes.get(made.key) ?? [];
      lanes.set(made.key, lane);
      lane.push({ ...made, index });
    }
    return lanes;
  }

  async #sendLane(
    events: readonly Outgoing[],
    batch: OutputBatch,
    retry: RetryDeps,
  ): Promise<void> {
    const [{ key }] = events;
    for (let next = 0; next < events.length;) {
      const sending = await this.#createBatch(key, retry);
      const from = next;
      while (next < events.length && sending.tryAdd(events[next].event)) next++;
      if (next > from) {
        await withRetries(
          () =>
            this.#watch.runOn(
              () => linkOf(this.#client),
              retry.signal,
              (abortSignal) => this.#client.sendBatch(sending, { abortSignal }),
            ),
          retry,
        );
      } else {
        this.#tooLarge(events[next++], sending.maxSizeInBytes, batch);
      }
    }
  }

  #tooLarge(
    { index, event }: Outgoing,
    limitBytes: number,
    batch: OutputBatch,
  ): void {
    const text = `an event has ${event.body.length} bytes; ${limitBytes} are ` +
      "possible with its properties";
    if (this.#config.oversize === "fail") throw new Error(text);
    batch.reject(index, text, "oversize");
  }

  /** As large as the link and the config allow. */
  #createBatch(
    partitionKey: string | undefined,
    retry: RetryDeps,
  ): Promise<EventDataBatch> {
    return this.#retried(retry, async (abortSignal) => {
      const options = { partitionKey, abortSignal };
      const batch = await this.#client.createBatch(options);
      const maxSizeInBytes = this.#config.maxBatchBytes;
      return batch.maxSizeInBytes <= maxSizeInBytes
        ? batch
        : await this.#client.createBatch({ ...options, maxSizeInBytes });
    });
  }

  #retried<T>(
    retry: RetryDeps,
    attempt: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return withRetries(() => this.#watch.run(retry.signal, attempt), retry);
  }
}

/** Where the client keeps the link it sends on: by partition, and "" for all. */
function linkOf(client: EventHubProducerClient): unknown {
  type Senders = Map<string, { readonly _sender?: unknown }>;
  const { _sendersMap } = client as unknown as { _sendersMap?: Senders };
  return _sendersMap?.get("")?._sender;
}

async function openClient(
  config: EventHubsConfig,
): Promise<EventHubProducerClient> {
  const { EventHubProducerClient: Client } = await import("@azure/event-hubs");
  const options = { retryOptions: { maxRetries: 0, timeoutInMs: ATTEMPT_MS } };
  const { eventHub } = config;
  return await connect(
    config,
    (text) =>
      eventHub === undefined
        ? new Client(text, options)
        : new Client(text, eventHub, options),
    (host, credential) => new Client(host, eventHub!, credential, options),
  );
}
