/**
 * Sends envelopes to queues and topics; acknowledged when the service has them.
 *
 * Making messages is message.ts, their order lanes.ts, sending entity_sender.ts.
 *
 * @module
 */

import type { ServiceBusClient, ServiceBusMessage } from "@azure/service-bus";
import {
  ConfigError,
  type Logger,
  type OpenContext,
  type Output,
  type OutputBatch,
  type OutputContext,
} from "@dstream/sdk";
import { Scope, within } from "@dstream/sdk/service";
import {
  CLAIM_PROPERTY,
  ClaimStore,
  ConnectionWatch,
  describeFailure,
  failureCode,
  openServiceBus,
  type RetryDeps,
  retryWhileOpening,
  retryWhileSending,
  withRetries,
} from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import { Router } from "./destination.ts";
import { EntitySender, type Fates } from "./entity_sender.ts";
import { forEachAtMost, type Lane, lanesOf, type Outgoing } from "./lanes.ts";
import { MessageMaker, MessageProblem } from "./message.ts";
import { SenderCache } from "./sender_cache.ts";

/** How long links and connection are given to close. */
const CLOSE_MS = 4000;

export class ServiceBusOutput implements Output {
  readonly #config: ServiceBusConfig;
  readonly #client: ServiceBusClient;
  readonly #watch: ConnectionWatch;
  readonly #claims: ClaimStore | undefined;
  readonly #router: Router;
  readonly #maker: MessageMaker;
  readonly #senders: SenderCache<EntitySender>;
  /** Destinations, in small letters, that take no batch of several sessions. */
  readonly #apart = new Set<string>();
  #retry: RetryDeps;

  private constructor(
    config: ServiceBusConfig,
    client: ServiceBusClient,
    claims: ClaimStore | undefined,
    retry: RetryDeps,
  ) {
    this.#config = config;
    this.#client = client;
    this.#watch = new ConnectionWatch(client);
    this.#claims = claims;
    this.#retry = retry;
    this.#router = new Router(config);
    this.#maker = new MessageMaker(config);
    const create = (name: string) => this.#createSender(name);
    this.#senders = new SenderCache(config.maxSenders, create);
  }

  /** @throws {ConfigError} When the destination can't be opened. */
  static async open(
    config: ServiceBusConfig,
    { signal, log }: OpenContext,
  ): Promise<ServiceBusOutput> {
    const { claimCheck, clientId } = config;
    const claims = claimCheck === undefined
      ? undefined
      : await ClaimStore.open(claimCheck, clientId, signal);
    const client = await openServiceBus(config);
    const retry = retryWhileOpening(signal, log);
    const output = new ServiceBusOutput(config, client, claims, retry);
    try {
      await output.#openFixed();
      await output.#warm(log);
      return output;
    } catch (error) {
      await output.close();
      throw error;
    }
  }

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    this.#retry = retryWhileSending(context, this.#config.retryTimeout);
    const messages = this.#makeMessages(batch);
    const fates = this.#fatesOf(batch, context);
    const { maxConcurrentSends } = this.#config;
    await forEachAtMost(
      lanesOf(messages, (destination) => this.#apart.has(destination)),
      maxConcurrentSends,
      (lane) => this.#sendLane(lane, batch, fates),
    );
  }

  /** All is acknowledged by then: a service that is gone must not keep us. */
  async close(): Promise<void> {
    await within(CLOSE_MS, this.#senders.closeAll());
    await within(CLOSE_MS, this.#client.close());
  }

  /** A wrong name or missing rights show before anything streams. */
  async #openFixed(): Promise<void> {
    const { fixed } = this.#router;
    if (fixed === undefined) return;
    try {
      await this.#senders.use(fixed, (sender) => sender.open());
    } catch (error) {
      const key = this.#config.queue === undefined ? "topic" : "queue";
      const text = describeFailure(`open ${JSON.stringify(fixed)}`, error);
      const isWrong = failureCode(error) === "MessagingEntityNotFound";
      throw isWrong ? new ConfigError(key, text) : new Error(text);
    }
  }

  /**
   * Where destinations come from an expression, those named in `entities` are
   * opened before the first envelope needs them. One that is missing is no error:
   * it may be made before that.
   */
  async #warm(log: Logger): Promise<void> {
    if (this.#router.fixed !== undefined) return;
    const { queue, entities, maxSenders, maxConcurrentSends } = this.#config;
    const names = queue === undefined ? entities.topics : entities.queues;
    const open = (name: string) => this.#senders.use(name, (one) => one.open());
    await forEachAtMost(
      names.slice(0, maxSenders),
      maxConcurrentSends,
      async (name) => {
        try {
          await open(name);
        } catch (error) {
          const text = describeFailure(`open ${JSON.stringify(name)}`, error);
          const isMissing = failureCode(error) === "MessagingEntityNotFound";
          if (!isMissing) throw new Error(text);
          log.warn(text);
        }
      },
    );
  }

  #makeMessages(batch: OutputBatch): Outgoing[] {
    const messages: Outgoing[] = [];
    for (let index = 0; index < batch.count; index++) {
      if (batch.envelopes[index] === undefined) continue;
      const scope = new Scope(batch, index);
      const { name: destination, ...unknown } = this.#router.of(scope);
      if (destination === undefined) {
        const { problem } = unknown as { problem: string };
        batch.reject(index, `no destination: ${problem}`, "destination");
        continue;
      }
      try {
        const message = this.#maker.make(scope);
        messages.push({ index, destination, message });
      } catch (error) {
        if (!(error instanceof MessageProblem)) throw error;
        batch.reject(index, error.message, "invalid");
      }
    }
    return messages;
  }

  async #sendLane(
    { destination, messages }: Lane,
    batch: OutputBatch,
    fates: Fates,
  ): Promise<void> {
    try {
      await this.#senders.use(
        destination,
        (sender) => sender.send(messages, fates),
      );
    } catch (error) {
      const text = describeFailure(
        `send to ${JSON.stringify(destination)}`,
        error,
      );
      const isMissing = failureCode(error) === "MessagingEntityNotFound";
      // One envelope's wrong destination must not stop all others.
      if (!isMissing || this.#router.fixed !== undefined) throw new Error(text);
      for (const { index } of messages) {
        batch.reject(index, text, "destination");
      }
    }
  }

  #fatesOf(batch: OutputBatch, { signal, log }: OutputContext): Fates {
    return {
      refused: ({ index }, reason, code) => batch.reject(index, reason, code),
      oversized: async ({ index, message, destination }, limitBytes) => {
        const text = `a message for ${JSON.stringify(destination)} has ` +
          `${message.body.length} bytes; ${limitBytes} are possible there ` +
          "with its properties";
        switch (this.#config.oversize) {
          case "fail":
            throw new Error(`${text} (oversize says what else can be done)`);
          case "dead_letter":
            return void batch.reject(index, text, "oversize");
          case "claim_check":
            log.debug("a body goes to a blob", { destination });
            return await withRetries(
              () => claimed(this.#claims!, message, signal),
              this.#retry,
            );
        }
      },
    };
  }

  #createSender(name: string): EntitySender {
    const sender = this.#client.createSender(name);
    // Always of the write that is going on.
    const current = () => this.#retry;
    const isApart = () => void this.#apart.add(name.toLowerCase());
    return new EntitySender(sender, this.#watch, this.#config.batch, isApart, {
      get timeoutMs() {
        return current().timeoutMs;
      },
      get signal() {
        return current().signal;
      },
      sleep: (delayMs) => current().sleep(delayMs),
      now: () => current().now(),
      onRetry: (...args) => current().onRetry?.(...args),
    });
  }
}

async function claimed(
  claims: ClaimStore,
  message: ServiceBusMessage,
  signal: AbortSignal,
): Promise<ServiceBusMessage> {
  const { blob, body } = await claims.put(message.body, signal);
  const applicationProperties = {
    ...message.applicationProperties,
    [CLAIM_PROPERTY]: blob,
  };
  return { ...message, body, applicationProperties };
}
