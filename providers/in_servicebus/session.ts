/**
 * One session that we have: its messages in order, its lock, its end.
 *
 * @module
 */

import type {
  ServiceBusReceivedMessage,
  ServiceBusSessionReceiver,
} from "@azure/service-bus";
import type { Logger } from "@dstream/sdk";
import { renewDelayMs } from "./renew_delay.ts";
import type { Events, Received } from "./source.ts";

/** How a session is kept; times in milliseconds. */
export interface SessionRules {
  readonly maxUnsettled: number;
  readonly idleTimeoutMs: number;
  readonly turnMs: number;
  readonly lockRenewalMs: number;
}

/** How often it looks at itself. */
const LOOK_MS = 50;
/** After a renewal that failed. */
const RENEW_AGAIN_MS = 1000;

/** See the module's comment. */
export class Session {
  /** Resolves when it is given back, or lost. */
  readonly ended: Promise<void>;
  readonly #receiver: ServiceBusSessionReceiver;
  readonly #events: Events;
  readonly #log: Logger;
  readonly #rules: SessionRules;
  readonly #unsettled = new Set<Received>();
  readonly #end = Promise.withResolvers<void>();
  readonly #looking: ReturnType<typeof setInterval>;
  readonly #subscription: { close(): Promise<void> };
  readonly #startMs = performance.now();
  #lastMs = performance.now();
  #renewAtMs: number;
  #isRenewing = false;
  #isLeaving = false;
  #isCrowded = false;
  #isOver = false;

  constructor(
    receiver: ServiceBusSessionReceiver,
    events: Events,
    log: Logger,
    rules: SessionRules,
  ) {
    this.#receiver = receiver;
    this.#events = events;
    this.#log = log;
    this.#rules = rules;
    this.ended = this.#end.promise;
    this.#renewAtMs = this.#startMs +
      renewDelayMs(receiver.sessionLockedUntilUtc, Date.now());
    log.debug("a session is received", { session: receiver.sessionId });
    this.#subscription = receiver.subscribe({
      processMessage: (message) => this.#take(message),
      processError: ({ error }) => {
        if (!this.#isOver) log.debug(`session: ${error.message}`);
        return Promise.resolve();
      },
    }, {
      autoCompleteMessages: false,
      maxConcurrentCalls: rules.maxUnsettled,
    });
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Whether other sessions wait for its place. */
  setCrowded(isCrowded: boolean): void {
    this.#isCrowded = isCrowded;
  }

  /** No more messages; it is kept for those that came. */
  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.#subscription.close().catch(() => {});
  }

  /** Given back: what isn't settled goes to the next who has it. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#looking);
    for (const received of this.#unsettled) received.isLost = true;
    this.#unsettled.clear();
    await this.#receiver.close().catch(() => {});
    this.#end.resolve();
  }

  #take(message: ServiceBusReceivedMessage): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) return; // it went with the session
      const received: Received = {
        message,
        receiver: this.#receiver,
        isLost: false,
        release: () => {
          this.#lastMs = performance.now();
          this.#unsettled.delete(received);
          resolve();
        },
      };
      this.#lastMs = performance.now();
      this.#unsettled.add(received);
      this.#events.received(received);
    });
  }

  #look(): void {
    if (this.#receiver.isClosed) return this.#lost();
    const nowMs = performance.now();
    if (nowMs >= this.#renewAtMs && !this.#isRenewing) this.#renew(nowMs);
    const isIdle = nowMs - this.#lastMs >= this.#rules.idleTimeoutMs;
    const isTurnOver = this.#isCrowded &&
      nowMs - this.#startMs >= this.#rules.turnMs;
    const isWanted = this.#unsettled.size > 0;
    if (!this.#isLeaving && (isTurnOver || (isIdle && !isWanted))) this.stop();
    else if (this.#isLeaving && isIdleEnough(isWanted, nowMs - this.#lastMs)) {
      this.close();
    }
  }

  #lost(): void {
    if (this.#unsettled.size > 0) {
      this.#log.warn("a session was lost; its messages come again", {
        session: this.#receiver.sessionId,
        messages: this.#unsettled.size,
      });
    }
    this.close();
  }

  async #renew(nowMs: number): Promise<void> {
    if (nowMs - this.#startMs > this.#rules.lockRenewalMs) return;
    this.#isRenewing = true;
    try {
      const untilUtc = await this.#receiver.renewSessionLock();
      this.#renewAtMs = performance.now() + renewDelayMs(untilUtc, Date.now());
    } catch (error) {
      const { message } = error as Error;
      if (!this.#isOver) this.#log.debug(`renewing a session: ${message}`);
      this.#renewAtMs = performance.now() + RENEW_AGAIN_MS;
    } finally {
      this.#isRenewing = false;
    }
  }
}

/** What came while it was being stopped has been handed over by then. */
function isIdleEnough(isWanted: boolean, sinceMs: number): boolean {
  return !isWanted && sinceMs >= LOOK_MS;
}
