/**
 * Receives from a queue or subscription without sessions.
 *
 * @module
 */

import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from "@azure/service-bus";
import type { Logger } from "@dstream/sdk";
import { describeFailure, isAboutEntity } from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import { isLinkOpen } from "./link_of.ts";
import { lockEndMs } from "./renew_delay.ts";
import { type Events, RECEIVE_OPTIONS, type Source } from "./source.ts";

/** What the service says of a queue with sessions. */
const NEEDS_SESSIONS = /requires sessions|non-sessionful/i;

export class QueueSource implements Source {
  readonly #receiver: ServiceBusReceiver;
  readonly #what: string;
  readonly #events: Events;
  readonly #log: Logger;
  #subscription: { close(): Promise<void> } | undefined;
  #isStopping = false;

  private constructor(
    receiver: ServiceBusReceiver,
    events: Events,
    log: Logger,
  ) {
    this.#receiver = receiver;
    this.#events = events;
    this.#log = log;
    this.#what = `receive from ${JSON.stringify(receiver.entityPath)}`;
  }

  /** @throws When it isn't there, or may not be received from. */
  static async open(
    client: ServiceBusClient,
    config: ServiceBusConfig,
    events: Events,
    log: Logger,
  ): Promise<QueueSource> {
    const receiver = createReceiver(client, config);
    await assertThere(receiver);
    const source = new QueueSource(receiver, events, log);
    source.#subscribe(config.maxUnsettled);
    return source;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#subscription?.close();
  }

  async close(): Promise<void> {
    this.#isStopping = true;
    await this.#receiver.close();
  }

  #subscribe(maxConcurrentCalls: number): void {
    this.#subscription = this.#receiver.subscribe({
      processMessage: (message) => this.#take(message),
      processError: ({ error }) => {
        this.#failed(error);
        return Promise.resolve();
      },
    }, { autoCompleteMessages: false, maxConcurrentCalls });
  }

  /** Resolves when the message is settled, which asks for the next one. */
  #take(message: ServiceBusReceivedMessage): Promise<void> {
    return new Promise((resolve) => {
      this.#events.received({
        message,
        receiver: this.#receiver,
        isLost: false,
        lockedUntilMs: lockEndMs(
          message.lockedUntilUtc,
          Date.now(),
          performance.now(),
        ),
        release: () => {
          // On a new link all were asked for anew: one more would be too many.
          if (isLinkOpen(message)) resolve();
        },
      });
    });
  }

  #failed(error: Error): void {
    if (this.#isStopping) return;
    const text = describeFailure(this.#what, error);
    if (NEEDS_SESSIONS.test(error.message)) {
      this.close().catch(() => {}); // the client would try for ever
      this.#events.sessionsNeeded();
    } else if (isAboutEntity(error)) {
      this.close().catch(() => {});
      this.#events.failed(new Error(text));
    } else this.#log.warn(`${text}; trying again`);
  }
}

/** @throws When it can't be received from; with sessions or without. */
export async function assertSource(
  client: ServiceBusClient,
  config: ServiceBusConfig,
): Promise<void> {
  const receiver = createReceiver(client, config);
  await assertThere(receiver);
  await receiver.close();
}

/** A look locks nothing, and needs the same rights. */
async function assertThere(receiver: ServiceBusReceiver): Promise<void> {
  try {
    await receiver.peekMessages(1);
  } catch (error) {
    await receiver.close().catch(() => {});
    throw error;
  }
}

function createReceiver(
  client: ServiceBusClient,
  { queue, topic, subscription, deadLetters }: ServiceBusConfig,
): ServiceBusReceiver {
  const options = {
    ...RECEIVE_OPTIONS,
    ...(deadLetters ? { subQueueType: "deadLetter" as const } : {}),
  };
  return queue !== undefined
    ? client.createReceiver(queue, options)
    : client.createReceiver(topic!, subscription!, options);
}
