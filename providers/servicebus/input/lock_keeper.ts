/**
 * Renews the locks of messages that are on their way.
 *
 * The client's own renewal keeps its timers by message id, and two deliveries may
 * well have the same one: so this one keeps them by delivery.
 *
 * @module
 */

import type { Logger } from "@dstream/sdk";
import { failureCode } from "../../azure/mod.ts";
import { lockEndMs, renewDelayMs } from "./renew_delay.ts";
import type { Received } from "./source.ts";

interface Kept {
  readonly sinceMs: number;
  renewAtMs: number;
}

const LOOK_MS = 100;
const RENEW_AGAIN_MS = 1000;
/** Renewals that wait for an answer at once. */
const MOST_AT_ONCE = 100;

export class LockKeeper {
  readonly #kept = new Map<Received, Kept>();
  readonly #log: Logger;
  readonly #renewalMs: number;
  readonly #looking: ReturnType<typeof setInterval>;
  #renewing = 0;

  /** @param renewalMs For how long a message is kept. */
  constructor(renewalMs: number, log: Logger) {
    this.#renewalMs = renewalMs;
    this.#log = log;
    this.#looking = setInterval(() => this.#look(), LOOK_MS);
  }

  add(received: Received): void {
    const nowMs = performance.now();
    const { lockedUntilUtc } = received.message;
    const delayMs = renewDelayMs(lockedUntilUtc, Date.now());
    this.#kept.set(received, { sinceMs: nowMs, renewAtMs: nowMs + delayMs });
  }

  delete(received: Received): void {
    this.#kept.delete(received);
  }

  close(): void {
    clearInterval(this.#looking);
    this.#kept.clear();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [received, kept] of this.#kept) {
      if (this.#renewing >= MOST_AT_ONCE) return;
      if (kept.renewAtMs > nowMs) continue;
      if (nowMs - kept.sinceMs > this.#renewalMs) this.#kept.delete(received);
      else this.#renew(received, kept);
    }
  }

  async #renew(received: Received, kept: Kept): Promise<void> {
    kept.renewAtMs = Infinity;
    this.#renewing++;
    try {
      const until = await received.receiver.renewMessageLock(received.message);
      const [nowMs, monotonicMs] = [Date.now(), performance.now()];
      received.lockedUntilMs = lockEndMs(until, nowMs, monotonicMs);
      kept.renewAtMs = monotonicMs + renewDelayMs(until, nowMs);
    } catch (error) {
      const isLost = failureCode(error) === "MessageLockLost";
      if (isLost) {
        received.isLost = true;
        this.#kept.delete(received);
      }
      kept.renewAtMs = performance.now() + RENEW_AGAIN_MS;
      this.#log.debug(`renewing a lock: ${(error as Error).message}`);
    } finally {
      this.#renewing--;
    }
  }
}
