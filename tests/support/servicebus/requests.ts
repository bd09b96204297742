/**
 * `$cbs` and `$management`: requests with an answer.
 *
 * @module
 */

import { decodeMessage, withProperties } from "./bare_message.ts";
import type { Queue, Stored } from "./queue.ts";
import { encodeStored } from "./receivers.ts";
import {
  type Amqp,
  longBytes,
  pathOf,
  readLong,
  readToken,
  types,
  wrapToken,
} from "./rhea.ts";
import type { Server } from "./server.ts";

interface Answer {
  readonly code: number;
  readonly body?: Amqp;
  readonly description?: string;
  readonly condition?: string;
}

const DONE: Answer = { code: 200 };
const LOCK_LOST: Answer = {
  code: 410,
  description: "The lock supplied is invalid.",
  condition: "com.microsoft:message-lock-lost",
};
const SESSION_LOST: Answer = {
  code: 410,
  description: "The session lock has expired.",
  condition: "com.microsoft:session-lock-lost",
};

/** @returns The message that answers. */
export function answerRequest(server: Server, context: Amqp): Amqp {
  const request = context.message;
  const address = pathOf(context.receiver.target.address);
  const answer = address === "$cbs"
    ? { code: 202 }
    : manage(server, address.replace(/\/\$management$/, ""), request);
  const { code, body, description = "OK", condition } = answer;
  return {
    correlation_id: request.message_id,
    application_properties: {
      "status-code": types.wrap_int(code),
      "statusCode": types.wrap_int(code),
      "status-description": description,
      "statusDescription": description,
      ...(condition &&
        { errorCondition: condition, "error-condition": condition }),
    },
    body,
  };
}

function manage(server: Server, address: string, request: Amqp): Answer {
  const operation: string = request.application_properties?.operation ?? "";
  const name = operation.replace(/^com\.microsoft:/, "");
  const body = request.body ?? {};
  if (name === "schedule-message") return schedule(server, address, body);
  const queue = server.entities.source(address);
  if (queue === undefined) {
    const condition = "amqp:not-found";
    return { code: 404, description: "There is no such entity.", condition };
  }
  return operations[name]?.(queue, body) ?? {
    code: 501,
    description: `${operation} is not known here`,
    condition: "amqp:not-implemented",
  };
}

function schedule(server: Server, address: string, body: Amqp): Answer {
  const sequences = listOf(body.messages).map((each) => {
    const decoded = decodeMessage(each.value?.message ?? each.message);
    return server.entities.publish(address, decoded, Date.now());
  });
  const wrapped = types.wrap_array(sequences.map(longBytes), 0x81, undefined);
  return { code: 200, body: { "sequence-numbers": wrapped } };
}

const operations: Record<string, (queue: Queue, body: Amqp) => Answer> = {
  "renew-lock": (queue, body) => {
    const found = listOf(body["lock-tokens"])
      .map((token) => queue.byToken(readToken(token)));
    if (found.includes(undefined)) return LOCK_LOST;
    const untilMs = Date.now() + queue.options.lockMs;
    for (const stored of found) stored!.lock!.untilMs = untilMs;
    const times = found.map(() => untilMs);
    const expirations = types.wrap_array(times, 0x83, undefined);
    return { code: 200, body: { expirations } };
  },

  "peek-message": (queue, body) => {
    const from = readLong(body["from-sequence-number"]);
    const session = body["session-id"];
    const found = queue.messages.filter(({ sequence, sessionId }) =>
      sequence >= from && (session === undefined || session === sessionId)
    ).slice(0, Number(body["message-count"]));
    if (found.length === 0) return { code: 204 };
    return messagesAnswer(found, () => ({}));
  },

  "cancel-scheduled-message": (queue, body) => {
    for (const sequence of listOf(body["sequence-numbers"])) {
      const stored = queue.bySequence(readLong(sequence));
      if (stored?.state === "scheduled") queue.remove(stored);
    }
    return DONE;
  },

  "receive-by-sequence-number": (queue, body) => {
    const found = listOf(body["sequence-numbers"])
      .map((sequence) => queue.bySequence(readLong(sequence)));
    if (found.some((stored) => stored?.state !== "deferred")) {
      const condition = "com.microsoft:message-not-found";
      return { code: 404, description: "There is no such message.", condition };
    }
    const isDeleting = Number(body["receiver-settle-mode"]) === 0;
    return messagesAnswer(found as Stored[], (stored) => {
      const { token } = queue.lock(stored, undefined, Date.now());
      if (isDeleting) queue.remove(stored);
      return { "lock-token": wrapToken(token) };
    });
  },

  "update-disposition": (queue, body) => {
    for (const token of listOf(body["lock-tokens"])) {
      const stored = queue.byToken(readToken(token));
      if (stored === undefined) return LOCK_LOST;
      dispose(queue, stored, body);
    }
    return DONE;
  },

  "renew-session-lock": (queue, body) => {
    const lock = queue.sessionLocks.get(body["session-id"]);
    if (lock === undefined) return SESSION_LOST;
    lock.untilMs = Date.now() + queue.options.lockMs;
    const expiration = types.wrap_timestamp(lock.untilMs);
    return { code: 200, body: { expiration } };
  },

  "set-session-state": (queue, body) => {
    queue.sessionStates.set(body["session-id"], body["session-state"]);
    return DONE;
  },

  "get-session-state": (queue, body) => {
    const state = queue.sessionStates.get(body["session-id"]) ?? null;
    return { code: 200, body: { "session-state": state } };
  },
};

function dispose(queue: Queue, stored: Stored, body: Amqp): void {
  const changes = body["properties-to-modify"];
  if (changes) stored.message = withProperties(stored.message, changes);
  switch (body["disposition-status"]) {
    case "completed":
      return queue.remove(stored);
    case "abandoned":
      return queue.giveBack(stored, Date.now());
    case "suspended":
      return queue.bury(stored, Date.now(), {
        reason: body["deadletter-reason"],
        description: body["deadletter-description"],
      });
    default:
      return queue.defer(stored);
  }
}

function messagesAnswer(
  found: readonly Stored[],
  more: (stored: Stored) => Record<string, Amqp>,
): Answer {
  const messages = found.map((stored) => {
    const others = more(stored); // locks it, which the message then says
    return types.wrap_map({ message: encodeStored(stored), ...others });
  });
  return { code: 200, body: { messages } };
}

function listOf(value: Amqp): Amqp[] {
  return Array.isArray(value) ? value : value?.value ?? [];
}
