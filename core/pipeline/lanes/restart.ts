/**
 * When to start a provider again, and after which pause.
 *
 * The pause doubles, ±20 % so that many don't come back at once. The count starts
 * again only when acknowledgements have passed the place where the provider died
 * and a minute is over: one that dies at the same place each time is given up.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import type { RestartOverride } from "../../config/task.ts";
import type { Clock, Random } from "../../ports/mod.ts";

/** A policy with nothing left open. Delays in milliseconds. */
export interface RestartPolicy {
  readonly policy: "on-failure" | "never" | "always";
  readonly maxRestarts: number;
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/** One permitted restart. */
export interface Restart {
  /** From 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

const FORGET_AFTER_MS = 60_000;
const JITTER = 0.2;

/**
 * What holds for a provider: its block's words, else the task's, else what is right
 * for its version. A restarted version 1 output would hide a gap, a restarted
 * version 1 input sends everything again.
 */
export function restartPolicy(
  version: 0 | 1 | 2,
  block: RestartOverride,
  task: RestartOverride,
): RestartPolicy {
  return {
    policy: version === 2 ? "on-failure" : "never",
    maxRestarts: 5,
    initialDelayMs: 1000,
    maxDelayMs: 30_000,
    ...stated(task),
    ...stated(block),
  };
}

/** What is written; an absent key must not hide a default. */
function stated(override: RestartOverride): RestartOverride {
  const entries = Object.entries(override);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** What comes back just as it was is not tried again. */
export function isWorthRetrying(error: unknown): error is DstreamError {
  if (!(error instanceof DstreamError)) return false;
  const retried = [
    "provider.refused",
    "provider.ended_before_ready",
    "provider.not_ready",
    "provider.not_started",
  ];
  return retried.includes(error.code);
}

/** The restarts of one provider. */
export class RestartBudget {
  #attempts = 0;
  #died: { readonly atMs: number; readonly position: number } | undefined;

  constructor(readonly clock: Clock, readonly random: Random) {}

  /**
   * The provider has died.
   * @param position How far everything was settled.
   * @returns `undefined` when it is given up.
   */
  spend(policy: RestartPolicy, position: number): Restart | undefined {
    this.#forgive(position);
    if (policy.policy === "never") return undefined;
    if (this.#attempts >= policy.maxRestarts) return undefined;
    this.#died = { atMs: this.clock.monotonicMs(), position };
    const doubled = policy.initialDelayMs * 2 ** this.#attempts;
    const jitter = 1 + JITTER * (2 * this.random.next() - 1);
    const delayMs = Math.min(doubled, policy.maxDelayMs) * jitter;
    return { attempt: ++this.#attempts, delayMs: Math.round(delayMs) };
  }

  /** The death was not the provider's fault: it costs no attempt. */
  again(policy: RestartPolicy): Restart | undefined {
    if (policy.policy === "never") return undefined;
    const attempt = Math.max(1, this.#attempts);
    return { attempt, delayMs: policy.initialDelayMs };
  }

  /**
   * One more after the last, to find out whose fault it is. At once: an outage must
   * not end in between, or what it killed would look guilty.
   */
  extra(): Restart {
    return { attempt: ++this.#attempts, delayMs: 0 };
  }

  /** What it died of was found and taken care of. */
  explained(): void {
    this.#attempts = 0;
    this.#died = undefined;
  }

  #forgive(position: number): void {
    if (this.#died === undefined) return;
    const isOver =
      this.clock.monotonicMs() - this.#died.atMs >= FORGET_AFTER_MS;
    if (isOver && position > this.#died.position) this.#attempts = 0;
  }
}
