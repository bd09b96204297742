/**
 * One queue, or one subscription of a topic: its messages and who has them.
 *
 * Locks, delivery counts, sessions, duplicate detection, expiry and dead letters
 * as Service Bus documents them. What goes over the wire is receivers.ts, senders.ts
 * and requests.ts.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { withId, withProperties } from "./bare_message.ts";
import { ReadyList } from "./ready_list.ts";
import type { Amqp } from "./rhea.ts";

/** How an entity is set up. */
export interface QueueOptions {
  readonly lockMs: number;
  readonly maxDeliveryCount: number;
  readonly requiresSession: boolean;
  /** 0: duplicates are kept. */
  readonly duplicateWindowMs: number;
  /** 0: messages stay. */
  readonly ttlMs: number;
  readonly deadLettersExpired: boolean;
  /** Matters only together with duplicate detection. */
  readonly isPartitioned: boolean;
}

/** What an entity is unless told otherwise. */
export const USUAL_OPTIONS: QueueOptions = {
  lockMs: 60_000,
  maxDeliveryCount: 10,
  requiresSession: false,
  duplicateWindowMs: 0,
  ttlMs: 0,
  deadLettersExpired: false,
  isPartitioned: false,
};

/** AMQP has no more milliseconds: they stand for no limit. */
const MOST_TTL_MS = 0xffffffff;

/** Where a message is. */
export type MessageState = "ready" | "locked" | "deferred" | "scheduled";

/** One message and what became of it. */
export interface Stored {
  readonly sequence: number;
  /** As rhea decodes it, with its bytes where it came over a link. */
  message: Amqp;
  readonly sessionId: string | undefined;
  state: MessageState;
  enqueuedMs: number;
  dueMs: number;
  expiresMs: number;
  deliveryCount: number;
  lock: Lock | undefined;
}

/** Who has a message, and how long. */
export interface Lock {
  readonly token: string;
  untilMs: number;
  /** The link it was delivered on. */
  readonly owner: unknown;
  /** That link is gone: the message stays locked, and nobody can settle it. */
  isCut: boolean;
}

/** Who has a session. */
export interface SessionLock {
  readonly id: string;
  untilMs: number;
  readonly owner: Consumer;
}

/** A receiver's link, as the queue sees it. */
export interface Consumer {
  readonly sessionId: string | undefined;
  /** Receives and deletes: nothing is locked. */
  readonly isDeleting: boolean;
  canTake(): boolean;
  deliver(stored: Stored, token: string): void;
  /** The session's lock has run out. */
  lose(): void;
}

/** What Service Bus writes on dead letters. */
export interface Death {
  readonly reason?: string;
  readonly description?: string;
}

export class Queue {
  readonly deadLetters: Queue | undefined;
  readonly consumers: Set<Consumer> = new Set();
  readonly sessionLocks: Map<string, SessionLock> = new Map();
  readonly sessionStates: Map<string, Amqp> = new Map();
  /** Asked again when something changes; true: served, forget it. */
  readonly waiting: Set<() => boolean> = new Set();
  options: QueueOptions;
  readonly #all = new Map<number, Stored>();
  readonly #locked = new Map<string, Stored>();
  readonly #ready = new Map<string, ReadyList<Stored>>();
  readonly #scheduled = new Set<Stored>();
  readonly #seen = new Map<string, number>();
  #nextSequence = 1;
  #isPumping = false;

  constructor(
    readonly path: string,
    options: Partial<QueueOptions> = {},
    hasDeadLetters = true,
  ) {
    this.options = { ...USUAL_OPTIONS, ...options };
    if (!hasDeadLetters) return;
    const own = { lockMs: this.options.lockMs, maxDeliveryCount: Infinity };
    this.deadLetters = new Queue(`${path}/$DeadLetterQueue`, own, false);
  }

  get messages(): readonly Stored[] {
    return [...this.#all.values()];
  }

  get size(): number {
    return this.#all.size;
  }

  get lockedCount(): number {
    return this.#locked.size;
  }

  get scheduledCount(): number {
    return this.#scheduled.size;
  }

  /** @returns Its sequence number; 0 where it is a duplicate. */
  put(message: Amqp, nowMs: number, dueMs = scheduledMs(message)): number {
    if (this.#isDuplicate(message.message_id, nowMs)) return 0;
    const sequence = this.#nextSequence++;
    const ttlMs = Math.min(
      message.ttl || Infinity,
      this.options.ttlMs || Infinity,
    );
    const startMs = Math.max(dueMs, nowMs);
    const stored: Stored = {
      sequence,
      message: {
        ...(message.message_id === undefined
          ? withId(message, newId())
          : message),
        ttl: ttlMs < MOST_TTL_MS ? ttlMs : undefined,
      },
      sessionId: message.group_id ?? undefined,
      state: dueMs > nowMs ? "scheduled" : "ready",
      enqueuedMs: startMs,
      dueMs,
      expiresMs: startMs + ttlMs,
      deliveryCount: 0,
      lock: undefined,
    };
    this.#all.set(sequence, stored);
    if (stored.state === "scheduled") this.#scheduled.add(stored);
    else this.#listOf(stored).add(stored);
    this.pump(nowMs);
    return sequence;
  }

  bySequence(sequence: number): Stored | undefined {
    return this.#all.get(sequence);
  }

  byToken(token: string): Stored | undefined {
    const stored = this.#locked.get(token);
    return stored?.lock?.isCut ? undefined : stored;
  }

  /** Locks it and counts the delivery. */
  lock(stored: Stored, owner: unknown, nowMs: number): Lock {
    const untilMs = nowMs + this.options.lockMs;
    const lock = { token: randomUUID(), untilMs, owner, isCut: false };
    stored.lock = lock;
    stored.state = "locked";
    stored.deliveryCount++;
    this.#locked.set(lock.token, stored);
    return lock;
  }

  /** Completed, or received and deleted. */
  remove(stored: Stored): void {
    this.#forgetLock(stored);
    if (stored.state === "ready") this.#listOf(stored).delete(stored);
    this.#scheduled.delete(stored);
    this.#all.delete(stored.sequence);
  }

  /** Abandoned, or its lock ran out. */
  giveBack(stored: Stored, nowMs: number): void {
    this.#forgetLock(stored);
    if (stored.deliveryCount >= this.options.maxDeliveryCount) {
      return this.bury(stored, nowMs, {
        reason: "MaxDeliveryCountExceeded",
        description: "Message could not be consumed after " +
          `${this.options.maxDeliveryCount} delivery attempts.`,
      });
    }
    stored.state = "ready";
    this.#listOf(stored).add(stored);
    this.pump(nowMs);
  }

  defer(stored: Stored): void {
    this.#forgetLock(stored);
    stored.state = "deferred";
  }

  /** To the dead-letter sub-queue; from there it is gone. */
  bury(stored: Stored, nowMs: number, death: Death): void {
    this.remove(stored);
    const { message } = stored;
    const died = withProperties(message, {
      ...(death.reason && { DeadLetterReason: death.reason }),
      ...(death.description &&
        { DeadLetterErrorDescription: death.description }),
    });
    this.deadLetters?.put({
      ...died,
      message_annotations: {
        ...message.message_annotations,
        "x-opt-deadletter-source": this.path,
      },
      ttl: undefined,
    }, nowMs);
  }

  /** A session that has messages and no receiver; undefined: there is none. */
  freeSession(): string | undefined {
    for (const [id, list] of this.#ready) {
      if (id === "" || list.size === 0 || this.sessionLocks.has(id)) continue;
      // The next one who asks gets another.
      this.#ready.delete(id);
      this.#ready.set(id, list);
      return id;
    }
  }

  lockSession(id: string, owner: Consumer, nowMs: number): SessionLock {
    const lock = { id, owner, untilMs: nowMs + this.options.lockMs };
    this.sessionLocks.set(id, lock);
    return lock;
  }

  /**
   * A receiver has gone. Its session is free with what it held, which doesn't
   * count as a delivery unless the lock ran out; without sessions, what it held
   * stays locked until its time is up.
   */
  leave(consumer: Consumer, nowMs: number, isLockLost = false): void {
    this.consumers.delete(consumer);
    const held = [...this.#locked.values()]
      .filter(({ lock }) => lock?.owner === consumer);
    const { sessionId } = consumer;
    if (sessionId === undefined) {
      for (const { lock } of held) lock!.isCut = true;
      return;
    }
    if (this.sessionLocks.get(sessionId)?.owner !== consumer) return;
    this.sessionLocks.delete(sessionId);
    for (const stored of held) {
      if (!isLockLost) stored.deliveryCount--;
      this.giveBack(stored, nowMs);
    }
    this.pump(nowMs);
  }

  /** What time changes: locks, schedules, expiry. */
  tick(nowMs: number): void {
    for (const stored of [...this.#scheduled]) {
      if (stored.dueMs <= nowMs) this.#enqueue(stored);
    }
    for (const lock of [...this.sessionLocks.values()]) {
      if (lock.untilMs > nowMs) continue;
      lock.owner.lose();
      this.leave(lock.owner, nowMs, true);
    }
    for (const stored of [...this.#locked.values()]) {
      const isOfSession = stored.sessionId !== undefined &&
        this.options.requiresSession;
      if (isOfSession || stored.lock!.untilMs > nowMs) continue;
      this.giveBack(stored, nowMs);
    }
    this.pump(nowMs);
    this.deadLetters?.tick(nowMs);
  }

  /** Delivers what can be delivered. */
  pump(nowMs: number): void {
    if (this.#isPumping) return; // a delivery that comes back at once
    this.#isPumping = true;
    for (const serve of [...this.waiting]) {
      if (serve()) this.waiting.delete(serve);
    }
    // One each in turn, so that two receivers share the messages.
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const consumer of this.consumers) {
        if (this.#deliverOne(consumer, nowMs)) isBusy = true;
      }
    }
    this.#isPumping = false;
  }

  #deliverOne(consumer: Consumer, nowMs: number): boolean {
    if (!consumer.canTake()) return false;
    const stored = this.#takeFresh(consumer.sessionId ?? "", nowMs);
    if (stored === undefined) return false;
    if (consumer.isDeleting) {
      stored.deliveryCount++;
      consumer.deliver(stored, randomUUID());
      this.#all.delete(stored.sequence);
    } else {
      consumer.deliver(stored, this.lock(stored, consumer, nowMs).token);
    }
    return true;
  }

  #takeFresh(listName: string, nowMs: number): Stored | undefined {
    const list = this.#ready.get(listName);
    for (let stored; (stored = list?.take()) !== undefined;) {
      if (stored.expiresMs > nowMs) return stored;
      this.#expire(stored, nowMs);
    }
  }

  #expire(stored: Stored, nowMs: number): void {
    stored.state = "deferred"; // it is in no list
    if (!this.options.deadLettersExpired) return this.remove(stored);
    const description = "The message expired and was dead lettered.";
    this.bury(stored, nowMs, { reason: "TTLExpiredException", description });
  }

  #enqueue(stored: Stored): void {
    this.#scheduled.delete(stored);
    stored.state = "ready";
    this.#listOf(stored).add(stored);
  }

  #listOf(stored: Stored): ReadyList<Stored> {
    const { requiresSession } = this.options;
    const name = requiresSession ? stored.sessionId ?? "" : "";
    const list = this.#ready.get(name) ?? new ReadyList();
    this.#ready.set(name, list);
    return list;
  }

  #forgetLock(stored: Stored): void {
    if (stored.lock !== undefined) this.#locked.delete(stored.lock.token);
    stored.lock = undefined;
  }

  #isDuplicate(id: Amqp, nowMs: number): boolean {
    const { duplicateWindowMs } = this.options;
    if (duplicateWindowMs === 0 || id === undefined) return false;
    const seenMs = this.#seen.get(String(id));
    if (seenMs !== undefined && nowMs - seenMs < duplicateWindowMs) return true;
    this.#seen.set(String(id), nowMs);
    return false;
  }
}

function scheduledMs(message: Amqp): number {
  const time = message.message_annotations?.["x-opt-scheduled-enqueue-time"];
  return time === undefined ? 0 : +new Date(time);
}

function newId(): string {
  return randomUUID().replaceAll("-", "");
}
