/**
 * One session that we have: its messages in order, its lock, its end.
 *
 * The client stops a subscription by draining its link, and closes the link when
 * that takes longer than 200 ms, which loses the session with all that is on its
 * way. So it is never stopped: nothing more is asked for, and when all that came is
 * settled the session is given back as a whole.
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
/** Then its place is free, whatever became of the link. */
const LONGEST_CLOSE_MS = 5000;
/** After a renewal that failed. */
const RENEW_AGAIN_MS = 1000;

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
    receiver.subscribe({
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

  /** No more messages are asked for; it is kept for those that came. */
  stop(): void {
    this.#isLeaving = true;
  }

  /** Given back: what isn't settled goes to the next who has it. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#looking);
    for (const received of this.#unsettled) received.isLost = true;
    this.#unsettled.clear();
    const late = setTimeout(() => this.#end.resolve(), LONGEST_CLOSE_MS);
    await this.#receiver.close().catch(() => {});
    clearTimeout(late);
    this.#end.resolve();
  }

  #take(message: ServiceBusReceivedMessage): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) return; // it went with the session
      const received: Received = {
        message,
        receiver: this.#receiver,
        isLost: false,
        lockedUntilMs: Infinity, // the session's is what counts
        release: () => {
          this.#lastMs = performance.now();
          this.#unsettled.delete(received);
          if (!this.#isLeaving) resolve(); // which asks for one more
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
    const isIdle = this.#unsettled.size === 0 &&
      nowMs - this.#lastMs >= this.#rules.idleTimeoutMs;
    const isTurnOver = this.#isCrowded &&
      nowMs - this.#startMs >= this.#rules.turnMs;
    if (isTurnOver || isIdle) this.stop();
    if (this.#isLeaving && this.#unsettled.size === 0) this.close();
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
    // For as long as something happens, however long the session is received.
    if (nowMs - this.#lastMs > this.#rules.lockRenewalMs) return;
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
