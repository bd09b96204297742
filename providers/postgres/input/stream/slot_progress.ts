/**
 * How far the slot may be confirmed: what Postgres may forget.
 *
 * It moves to the end of a commit whose envelopes are all acknowledged, and to no
 * other place, but for one case: when nothing is under way, everything that the
 * server has passed by was of no interest, and the slot follows it. Without that a
 * slot on quiet tables would hold back the log of the whole server.
 *
 * What a message in the log has asked for must not be forgotten with it: the slot
 * stays before the message until the state that has it is known to be stored.
 *
 * @module
 */

import type { Lsn } from "../lsn.ts";

/** One replication stream's; survives a new connection. */
export class SlotProgress {
  /** Up to here everything is acknowledged. */
  confirmed: Lsn;
  /** The end of the newest commit that was decoded. */
  #committed: Lsn;
  /** The newest place outside a transaction that was passed by. */
  #passed: Lsn;
  #unacknowledged = 0;
  /** How often the slot was held, and where. */
  #holds = 0;
  #heldAt: Lsn | undefined;
  /** What may be confirmed when it is no longer held. */
  #acknowledged: Lsn;
  /** Whether lines wait to be handed over, or a transaction is open. */
  hasLines = false;

  /** @param start What the slot says is confirmed. */
  constructor(start: Lsn) {
    this.confirmed = this.#committed = this.#passed = start;
    this.#acknowledged = start;
  }

  /** A commit was decoded, with or without envelopes. */
  commit(end: Lsn): void {
    if (end > this.#committed) this.#committed = end;
    this.#pass(end);
  }

  /** A keepalive came outside a transaction, and no line waits to be handed over. */
  keepalive(end: Lsn): void {
    this.#pass(end);
    this.#followIdle();
  }

  /**
   * A batch is handed over that ends here.
   * @returns To be called when it is acknowledged; batches are in order.
   */
  handOver(): () => void {
    const covers = this.#committed;
    const stored = this.stored();
    this.#unacknowledged++;
    return () => {
      this.#unacknowledged--;
      stored();
      this.#confirm(covers);
      this.#followIdle();
    };
  }

  /** A message was read whose wish is to be stored: nothing behind it is confirmed. */
  hold(): void {
    this.#holds++;
    this.#heldAt ??= this.#committed > this.confirmed
      ? this.#committed
      : this.confirmed;
  }

  /**
   * The state of now is handed over, with all wishes.
   * @returns To be called when it is stored.
   */
  stored(): () => void {
    const holds = this.#holds;
    return () => {
      if (holds !== this.#holds || this.#heldAt === undefined) return;
      this.#heldAt = undefined;
      this.#confirm(this.#acknowledged);
      this.#followIdle();
    };
  }

  /** How far the server's log was read, outside a transaction. */
  get reached(): Lsn {
    return this.#passed;
  }

  /** Whether all that was handed over is acknowledged. */
  get isSettled(): boolean {
    return this.#unacknowledged === 0;
  }

  #pass(lsn: Lsn): void {
    if (lsn > this.#passed) this.#passed = lsn;
  }

  #followIdle(): void {
    if (this.isSettled && !this.hasLines) this.#confirm(this.#passed);
  }

  #confirm(lsn: Lsn): void {
    if (lsn > this.#acknowledged) this.#acknowledged = lsn;
    const held = this.#heldAt;
    const allowed = held !== undefined && held < lsn ? held : lsn;
    if (allowed > this.confirmed) this.confirmed = allowed;
  }
}
