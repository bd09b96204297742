/**
 * Receives from a queue or subscription with sessions, from several at once.
 *
 * One loop asks for the next session that nobody has; each it gets is received from
 * (session.ts) until it is idle, has had its turn, or is lost.
 *
 * @module
 */

import type {
  ServiceBusClient,
  ServiceBusSessionReceiver,
} from "@azure/service-bus";
import { ConfigError, type Logger } from "@dstream/sdk";
import {
  describeFailure,
  failureCode,
  isAboutEntity,
} from "../../azure/mod.ts";
import { type ServiceBusConfig, sourceName } from "./config.ts";
import { Session } from "./session.ts";
import { type Events, RECEIVE_OPTIONS, type Source } from "./source.ts";

/** Nobody has anything for us: the service waited, we ask again. */
const NO_SESSION = new Set(["ServiceTimeout", "SessionCannotBeLocked"]);
/** What the service says of a queue without sessions. */
const HAS_NONE = /does not require sessions|non-sessionful entity/i;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 20_000;

export class SessionSource implements Source {
  readonly #client: ServiceBusClient;
  readonly #config: ServiceBusConfig;
  readonly #events: Events;
  readonly #log: Logger;
  readonly #sessions = new Set<Session>();
  readonly #stopping = new AbortController();
  #slotFreed = Promise.withResolvers<void>();

  constructor(
    client: ServiceBusClient,
    config: ServiceBusConfig,
    events: Events,
    log: Logger,
  ) {
    this.#client = client;
    this.#config = config;
    this.#events = events;
    this.#log = log;
    this.#acceptAll();
  }

  stop(): Promise<void> {
    this.#stopping.abort();
    this.#slotFreed.resolve();
    for (const session of this.#sessions) session.stop();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    const sessions = [...this.#sessions];
    await Promise.all(sessions.map((session) => session.close()));
  }

  async #acceptAll(): Promise<void> {
    let failures = 0;
    while (!this.#isStopping) {
      if (this.#isFull) {
        await this.#awaitSlot();
        continue;
      }
      try {
        this.#serve(await this.#accept());
        failures = 0;
      } catch (error) {
        if (this.#isStopping) return;
        if (HAS_NONE.test((error as Error).message)) {
          return this.#events.failed(this.#hasNone());
        }
        if (isAboutEntity(error)) {
          return this.#events.failed(this.#told(error));
        }
        const isNothing = NO_SESSION.has(failureCode(error));
        failures = isNothing ? 0 : failures + 1;
        if (!isNothing) this.#log.warn(this.#told(error).message);
        await pause(failures, this.#stopping.signal);
      }
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #isFull(): boolean {
    return this.#sessions.size >= this.#config.maxConcurrentSessions;
  }

  async #awaitSlot(): Promise<void> {
    this.#slotFreed = Promise.withResolvers();
    for (const session of this.#sessions) session.setCrowded(true);
    await this.#slotFreed.promise;
    for (const session of this.#sessions) session.setCrowded(false);
  }

  #accept(): Promise<ServiceBusSessionReceiver> {
    const { queue, topic, subscription } = this.#config;
    const options = {
      ...RECEIVE_OPTIONS,
      abortSignal: this.#stopping.signal,
    };
    return queue !== undefined
      ? this.#client.acceptNextSession(queue, options)
      : this.#client.acceptNextSession(topic!, subscription!, options);
  }

  #serve(receiver: ServiceBusSessionReceiver): void {
    // It came while we were stopping: somebody else is to have it.
    if (this.#isStopping) return void receiver.close().catch(() => {});
    const { maxUnsettled, maxConcurrentSessions } = this.#config;
    const share = Math.floor(maxUnsettled / maxConcurrentSessions);
    const session = new Session(receiver, this.#events, this.#log, {
      maxUnsettled: Math.max(1, share),
      idleTimeoutMs: this.#config.sessionIdleTimeout,
      turnMs: this.#config.sessionTurn,
      lockRenewalMs: this.#config.lockRenewal,
    });
    this.#sessions.add(session);
    session.ended.then(() => {
      this.#sessions.delete(session);
      this.#slotFreed.resolve();
    });
  }

  #hasNone(): ConfigError {
    const text = `${sourceName(this.#config)} has no sessions`;
    return new ConfigError("sessions", text, 'leave it "auto"');
  }

  #told(error: unknown): Error {
    const what = `receive sessions of ${sourceName(this.#config)}`;
    return new Error(describeFailure(what, error));
  }
}

function pause(failures: number, signal: AbortSignal): Promise<void> {
  const doubled = FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1);
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(doubled, LONGEST_PAUSE_MS));
    signal.addEventListener("abort", end);
  });
}
