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
} from "../azure/mod.ts";
import { settleable } from "./link_of.ts";
import type { Received } from "./source.ts";

/** Attempts to complete one message. */
const MAX_ATTEMPTS = 5;
const PAUSE_MS = 200;
/** Messages of one kind, in one line of the log. */
const WARN_EVERY_MS = 5000;

/** See the module's comment. */
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

  /** How many are being settled. */
  get size(): number {
    return this.#open.size;
  }

  complete(messages: readonly Received[]): void {
    for (const received of messages) {
      this.#begin(
        received,
        () => received.receiver.completeMessage(settleable(received.message)),
      );
    }
  }

  abandon(messages: readonly Received[]): void {
    for (const received of messages) {
      this.#begin(
        received,
        () => received.receiver.abandonMessage(settleable(received.message)),
      );
    }
  }

  bury(received: Received, reason: string): void {
    this.#begin(
      received,
      () =>
        received.receiver.deadLetterMessage(settleable(received.message), {
          deadLetterReason: "dstream: invalid body",
          deadLetterErrorDescription: reason,
        }),
    );
  }

  /** Resolves when all that was begun is over. */
  async idle(): Promise<void> {
    while (this.#open.size > 0) await Promise.allSettled(this.#open);
  }

  #begin(received: Received, work: () => Promise<void>): void {
    const done = this.#settle(received, work)
      .finally(() => this.#open.delete(done));
    this.#open.add(done);
  }

  async #settle(
    received: Received,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      if (received.isLost) this.#noteLost("its session was lost");
      else await this.#withAttempts(work);
    } catch (error) {
      this.#noteLost(failureCode(error));
    } finally {
      this.#settled(received);
    }
  }

  async #withAttempts(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#watch.race(work);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isTransient(error)) throw error;
        await new Promise((wake) => setTimeout(wake, PAUSE_MS * attempt));
      }
    }
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
