/**
 * Completes what is delivered, and gives back what isn't.
 *
 * Nobody waits for the service's answer to each: the next messages go on
 * meanwhile. What can't be completed comes again, which is said and no error.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import {
  type ConnectionWatch,
  failureCode,
  isTransient,
} from "../../azure/mod.ts";
import { settleable } from "./link_of.ts";
import type { Received } from "./source.ts";

/** Attempts to settle a message. */
const MAX_ATTEMPTS = 3;
/** After a broken connection the client may wait for a minute. */
const ATTEMPT_MS = 8000;
const PAUSE_MS = 200;
/** Messages of one kind, in one line of the log. */
const WARN_EVERY_MS = 5000;

type Work = (received: Received) => Promise<void>;

export class Settler {
  readonly #log: Logger;
  readonly #watch: ConnectionWatch;
  readonly #settled: (received: Received) => void;
  readonly #open = new Set<Promise<void>>();
  #lost = 0;
  #warnedAtMs = -Infinity;

  /** @param settled Told of each, however it went. */
  constructor(
    log: Logger,
    watch: ConnectionWatch,
    settled: (received: Received) => void,
  ) {
    this.#log = log;
    this.#watch = watch;
    this.#settled = settled;
  }

  complete(messages: readonly Received[]): void {
    this.#begin(
      messages,
      ({ receiver, message }) => receiver.completeMessage(settleable(message)),
    );
  }

  abandon(messages: readonly Received[]): void {
    this.#begin(
      messages,
      ({ receiver, message }) => receiver.abandonMessage(settleable(message)),
    );
  }

  bury(received: Received, reason: string): void {
    this.#begin(
      [received],
      ({ receiver, message }) =>
        receiver.deadLetterMessage(settleable(message), {
          deadLetterReason: "dstream: invalid body",
          deadLetterErrorDescription: reason,
        }),
    );
  }

  /** Resolves when all that was begun is over. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  }

  #begin(messages: readonly Received[], work: Work): void {
    if (messages.length === 0) return;
    const done = this.#settleAll(messages, work)
      .finally(() => this.#open.delete(done));
    this.#open.add(done);
  }

  /** All at once; what fails for a reason that passes is tried again. */
  async #settleAll(messages: readonly Received[], work: Work): Promise<void> {
    let left = messages;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      left = await this.#attempt(left, work);
      if (left.length === 0) return;
      await new Promise((wake) => setTimeout(wake, PAUSE_MS * attempt));
    }
    for (const received of left) this.lose(received, "no answer");
  }

  /** @returns Those to be tried again. */
  async #attempt(
    messages: readonly Received[],
    work: Work,
  ): Promise<readonly Received[]> {
    const left = new Set(messages);
    const settle = async (received: Received) => {
      try {
        if (!received.isLost) await work(received);
        left.delete(received);
        if (received.isLost) this.lose(received, "its lock was lost");
        else this.#settled(received);
      } catch (error) {
        if (isTransient(error)) return;
        left.delete(received);
        this.lose(received, failureCode(error));
      }
    };
    const all = () => Promise.all(messages.map(settle));
    // What broke off is still in `left`.
    await this.#watch.race(all, ATTEMPT_MS).catch(() => {});
    return [...left];
  }

  /** It was not settled, and comes again. */
  lose(received: Received, why: string): void {
    this.#noteLost(why);
    this.#settled(received);
  }

  #noteLost(why: string): void {
    this.#lost++;
    const nowMs = performance.now();
    if (nowMs - this.#warnedAtMs < WARN_EVERY_MS) return;
    this.#warnedAtMs = nowMs;
    this.#log.warn("messages were not settled and come again", {
      messages: this.#lost,
      why,
    });
    this.#lost = 0;
  }
}
