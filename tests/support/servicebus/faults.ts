/**
 * What goes wrong on demand.
 *
 * @module
 */

import type { Refusal } from "./rhea.ts";

/** What the service says when it is throttled. */
export const SERVER_BUSY: Refusal = {
  condition: "com.microsoft:server-busy",
  description: "The request was terminated because the entity is being " +
    "throttled. Error code: 50009. Please wait 2 seconds and try again.",
};

/** What it says when something inside it fails. */
export const INTERNAL_ERROR: Refusal = {
  condition: "amqp:internal-error",
  description: "The service was unable to process the request; please retry.",
};

/** What it says of an entity that is full. */
export const QUOTA_EXCEEDED: Refusal = {
  condition: "amqp:resource-limit-exceeded",
  description: "The maximum entity size has been reached or exceeded.",
};

/** Planned faults, each used up as it happens. */
export class Faults {
  #refusals: (Refusal | undefined)[] = [];
  #dropAfter = 0;
  #attachRefusals: Refusal[] = [];
  #lostAnswers = 0;
  #detaches = 0;
  #stalled: (() => void)[] | undefined;

  /** The next `count` sends are refused. */
  refuseSends(count: number, refusal: Refusal = SERVER_BUSY): void {
    for (let i = 0; i < count; i++) this.#refusals.push(refusal);
  }

  /** The next `count` sends after those are taken. */
  passSends(count: number): void {
    for (let i = 0; i < count; i++) this.#refusals.push(undefined);
  }

  /** The next `count` links to send on are refused. */
  refuseLinks(count: number, refusal: Refusal): void {
    for (let i = 0; i < count; i++) this.#attachRefusals.push(refusal);
  }

  /** The connection breaks before the send after the next `count` is taken. */
  dropBeforeSend(count = 0): void {
    this.#dropAfter = count + 1;
  }

  /** The next `count` sends are taken, and the connection breaks unanswered. */
  loseAnswers(count: number): void {
    this.#lostAnswers += count;
  }

  /** The link of each of the next `count` sends is closed instead of an answer. */
  detachSends(count: number): void {
    this.#detaches += count;
  }

  /** From now on no send is looked at. @returns Lets them go on, in order. */
  stall(): () => void {
    const waiting: (() => void)[] = this.#stalled = [];
    return () => {
      this.#stalled = undefined;
      for (const take of waiting) take();
    };
  }

  /** Takes a send: at once, or when a stall is over. */
  whenGoing(take: () => void): void {
    if (this.#stalled === undefined) take();
    else this.#stalled.push(take);
  }

  /** What happens to this send. */
  onSend(): Refusal | "drop" | "detach" | "take" | "take, then drop" {
    if (this.#detaches > 0) {
      this.#detaches--;
      return "detach";
    }
    if (this.#dropAfter > 0 && --this.#dropAfter === 0) return "drop";
    const refusal = this.#refusals.shift();
    if (refusal !== undefined) return refusal;
    if (this.#lostAnswers === 0) return "take";
    this.#lostAnswers--;
    return "take, then drop";
  }

  /** What happens to this link. */
  onLink(): Refusal | undefined {
    return this.#attachRefusals.shift();
  }
}
