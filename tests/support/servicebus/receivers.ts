/**
 * Links on which clients receive: sessions, deliveries, and what became of them.
 *
 * @module
 */

import { encodeMessage, withProperties } from "./bare_message.ts";
import type { Consumer, Queue, Stored } from "./queue.ts";
import {
  type Amqp,
  describedLike,
  message,
  pathOf,
  plain,
  type Refusal,
  refuseLink,
  tagToToken,
  ticks,
  tokenToTag,
  types,
  wholeError,
  wrapToken,
} from "./rhea.ts";
import { echoTermini, notFound } from "./senders.ts";
import type { Server } from "./server.ts";

const DEAD_LETTER_SOURCE = "x-opt-deadletter-source";
const SESSION_FILTER = "com.microsoft:session-filter";
const LOCKED_UNTIL = "com.microsoft:locked-until-utc";
/** How long a client waits for a session when it doesn't say. */
const USUAL_SESSION_WAIT_MS = 60_000;

const LOCK_LOST = {
  condition: "com.microsoft:message-lock-lost",
  description:
    "The lock supplied is invalid. Either the lock expired, or the " +
    "message has already been removed from the queue.",
};

/** A message as it goes to a receiver. */
export function encodeStored(stored: Stored): Uint8Array {
  const sequence = types.wrap_long(stored.sequence);
  const state = { deferred: 1, scheduled: 2, ready: 0, locked: 0 };
  const { durable, priority, ttl } = stored.message;
  const delivery_count = Math.max(0, stored.deliveryCount - 1);
  const deadLetterSource = stored.message.message_annotations
    ?.[DEAD_LETTER_SOURCE];
  return encodeMessage(
    stored.message,
    { durable, priority, ttl, delivery_count },
    {
      "x-opt-sequence-number": sequence,
      "x-opt-enqueue-sequence-number": sequence,
      "x-opt-enqueued-time": types.wrap_timestamp(stored.enqueuedMs),
      ...(deadLetterSource && { [DEAD_LETTER_SOURCE]: deadLetterSource }),
      "x-opt-message-state": types.wrap_int(state[stored.state]),
      ...(stored.lock && {
        "x-opt-locked-until": types.wrap_timestamp(stored.lock.untilMs),
      }),
    },
    stored.lock && wrapToken(stored.lock.token),
  );
}

class LinkConsumer implements Consumer {
  readonly isDeleting: boolean;

  constructor(
    readonly link: Amqp,
    readonly queue: Queue,
    readonly sessionId: string | undefined,
  ) {
    this.isDeleting = link.snd_settle_mode === 1;
    link.consumer = this;
  }

  /** rhea takes off credit only when it writes, so what waits counts as well. */
  canTake(): boolean {
    const { outgoing } = this.link.session;
    const waiting = outgoing.next_delivery_id - outgoing.next_pending_delivery;
    return this.link.is_open() && this.link.sendable() &&
      this.link.credit > waiting;
  }

  deliver(stored: Stored, token: string): void {
    const delivery = this.link
      .send(encodeStored(stored), tokenToTag(token), 0);
    if (this.isDeleting) settle(delivery);
  }

  lose(): void {
    this.link.close(wholeError({
      condition: "com.microsoft:session-lock-lost",
      description: "The session lock has expired on the MessageSession.",
    }));
  }
}

/** A client wants to receive. */
export function acceptReceiver(server: Server, link: Amqp): void {
  const address: string = link.source?.address ?? "";
  const queue = server.entities.source(pathOf(address));
  if (queue === undefined) return refuseLink(link, notFound(pathOf(address)));
  const filter = link.remote.attach.source?.filter;
  const wantsSession = !!filter && SESSION_FILTER in filter;
  const refusal = sessionRefusal(queue, wantsSession);
  if (refusal !== undefined) return refuseLink(link, refusal);
  echoTermini(link);
  if (wantsSession) {
    const id = plain(filter[SESSION_FILTER]) ?? undefined;
    if (id === undefined) awaitSession(link, queue, address);
    else openSession(link, queue, address, id);
  } else queue.consumers.add(new LinkConsumer(link, queue, undefined));
}

function sessionRefusal(
  { options }: Queue,
  wantsSession: boolean,
): Refusal | undefined {
  const hasSessions = options.requiresSession;
  if (hasSessions === wantsSession) return undefined;
  const description = hasSessions
    ? "It is not possible for an entity that requires sessions to create a " +
      "non-sessionful message receiver."
    : "A sessionful message receiver cannot be created on an entity that does " +
      "not require sessions.";
  return { condition: "amqp:not-allowed", description };
}

function openSession(
  link: Amqp,
  queue: Queue,
  address: string,
  id: string,
): void {
  if (queue.sessionLocks.has(id)) {
    return refuseLink(link, {
      condition: "com.microsoft:session-cannot-be-locked",
      description: `The requested session '${id}' cannot be accepted. It may ` +
        "be locked by another receiver.",
    });
  }
  const consumer = new LinkConsumer(link, queue, id);
  const { untilMs } = queue.lockSession(id, consumer, Date.now());
  link.local.attach.properties = {
    [LOCKED_UNTIL]: types.wrap_long(ticks(untilMs)),
  };
  const asked = link.remote.attach.source.filter[SESSION_FILTER];
  const filter = { [SESSION_FILTER]: describedLike(asked, id) };
  link.set_source({ address, filter });
  queue.consumers.add(consumer);
}

/** Answers the attach when there is a session, or when the client's time is up. */
function awaitSession(link: Amqp, queue: Queue, address: string): void {
  const { properties } = link.remote.attach;
  const waitMs = Number(
    properties?.["com.microsoft:timeout"] ?? USUAL_SESSION_WAIT_MS,
  );
  const untilMs = Date.now() + waitMs;
  hold(link);
  const serve = () => {
    if (!link.is_remote_open()) return true;
    const id = queue.freeSession();
    if (id === undefined && Date.now() < untilMs) return false;
    if (id !== undefined) openSession(link, queue, address, id);
    link.open();
    if (id === undefined) {
      refuseLink(link, {
        condition: "com.microsoft:timeout",
        description: "There is no session with messages.",
      });
    }
    return true;
  };
  if (!serve()) queue.waiting.add(serve);
}

/** rhea answers an attach by itself, unless it believes it hasn't begun to. */
function hold(link: Amqp): void {
  link.state.local_open = false;
  link.state.open_requests = 0;
}

/** The link is gone. */
export function dropReceiver(link: Amqp): void {
  const consumer: LinkConsumer | undefined = link?.consumer;
  if (consumer === undefined) return;
  link.consumer = undefined;
  consumer.queue.leave(consumer, Date.now());
}

/** A client settles a message. */
export function settleMessage(kind: string, context: Amqp): void {
  const { delivery } = context;
  const consumer: LinkConsumer | undefined = context.sender.consumer;
  if (consumer === undefined || consumer.isDeleting) return;
  const { queue } = consumer;
  const stored = queue.byToken(tagToToken(delivery.tag));
  if (stored === undefined) {
    const lost = message.rejected({ error: wholeError(LOCK_LOST) }).described();
    return settle(delivery, lost);
  }
  applyOutcome(kind, delivery.remote_state, queue, stored);
  const answer = message[kind](kind === "accepted" ? undefined : {});
  settle(delivery, answer.described());
}

function applyOutcome(
  kind: string,
  outcome: Amqp,
  queue: Queue,
  stored: Stored,
): void {
  const changed = outcome?.message_annotations;
  if (changed) stored.message = withProperties(stored.message, changed);
  if (kind === "accepted") return queue.remove(stored);
  if (kind === "rejected") {
    const { DeadLetterReason, DeadLetterErrorDescription, ...more } =
      outcome?.error?.info ?? {};
    stored.message = withProperties(stored.message, more);
    return queue.bury(stored, Date.now(), {
      reason: DeadLetterReason,
      description: DeadLetterErrorDescription,
    });
  }
  if (kind === "modified" && outcome.undeliverable_here) {
    return queue.defer(stored);
  }
  queue.giveBack(stored, Date.now());
}

/**
 * rhea keeps a delivery in a ring of 2048 until both ends have settled it; the
 * clients, in their settle mode, never say that they have.
 */
function settle(delivery: Amqp, state?: Amqp): void {
  delivery.update(true, state);
  delivery.remote_settled = true;
}
