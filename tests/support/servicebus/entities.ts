/**
 * The queues, topics and subscriptions of one namespace. Names are the same in
 * capitals and small letters.
 *
 * @module
 */

import { type Death, Queue, type QueueOptions, type Stored } from "./queue.ts";
import type { Amqp } from "./rhea.ts";

/** A topic: it keeps nothing itself. */
export interface Topic {
  readonly name: string;
  options: Readonly<Record<string, string>>;
  readonly duplicates: Queue;
  readonly subscriptions: Map<string, Queue>;
}

const NO_SESSION: Death = {
  reason: "Session ID is null.",
  description: "Session enabled entity doesn't allow a message whose session " +
    "identifier is null.",
};
const DEAD = /\/\$deadletterqueue$/i;

export class Entities {
  readonly queues: Map<string, Queue> = new Map();
  readonly topics: Map<string, Topic> = new Map();

  addQueue(name: string, options: Partial<QueueOptions> = {}): Queue {
    const queue = new Queue(name, options);
    this.queues.set(key(name), queue);
    return queue;
  }

  /** @param options Of these, duplicate detection is the topic's own. */
  addTopic(
    name: string,
    subscriptions: readonly string[] = ["sub1"],
    options: Partial<QueueOptions> = {},
  ): Topic {
    const topic: Topic = {
      name,
      options: {},
      duplicates: new Queue(name, options, false),
      subscriptions: new Map(),
    };
    this.topics.set(key(name), topic);
    const own = { ...options, duplicateWindowMs: 0 };
    for (const each of subscriptions) this.addSubscription(name, each, own);
    return topic;
  }

  addSubscription(
    topic: string,
    name: string,
    options: Partial<QueueOptions> = {},
  ): Queue {
    const queue = new Queue(`${topic}/Subscriptions/${name}`, options);
    this.topics.get(key(topic))!.subscriptions.set(key(name), queue);
    return queue;
  }

  /** What can be received from: a queue, a subscription, their dead letters. */
  source(address: string): Queue | undefined {
    const path = key(address.replace(DEAD, ""));
    const [topic, subscription] = path.split("/subscriptions/");
    const queue = subscription === undefined
      ? this.queues.get(path)
      : this.topics.get(topic)?.subscriptions.get(subscription);
    return DEAD.test(address) ? queue?.deadLetters : queue;
  }

  topic(address: string): Topic | undefined {
    return this.topics.get(key(address));
  }

  /** What decides on what may be sent there. */
  target(address: string): Queue | undefined {
    return this.topic(address)?.duplicates ?? this.queues.get(key(address));
  }

  /** @returns The sequence numbers it got. */
  publish(
    address: string,
    message: Amqp,
    nowMs: number,
    dueMs?: number,
  ): number {
    const topic = this.topic(address);
    if (topic === undefined) {
      return this.queues.get(key(address))!.put(message, nowMs, dueMs);
    }
    const sequence = topic.duplicates.put(message, nowMs, dueMs);
    const own = topic.duplicates.bySequence(sequence);
    if (own === undefined) return 0; // a duplicate
    topic.duplicates.remove(own);
    for (const queue of topic.subscriptions.values()) {
      const copy = queue.put({ ...message }, nowMs, dueMs);
      const stored = queue.bySequence(copy);
      if (stored && isLackingSession(queue, stored)) {
        queue.bury(stored, nowMs, NO_SESSION);
      }
    }
    return sequence;
  }

  /** Every queue and subscription. */
  *sources(): Generator<Queue> {
    yield* this.queues.values();
    for (const { subscriptions } of this.topics.values()) {
      yield* subscriptions.values();
    }
  }
}

/** A topic takes a message without a session; a subscription can't. */
function isLackingSession({ options }: Queue, { sessionId }: Stored): boolean {
  return options.requiresSession && !sessionId;
}

function key(address: string): string {
  return address.replace(/^\/+/, "").toLowerCase();
}
