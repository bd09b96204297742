/**
 * Links on which clients send: what is taken and what is refused.
 *
 * @module
 */

import { decodeMessage, propertySizes, withBytes } from "./bare_message.ts";
import { QUOTA_EXCEEDED } from "./faults.ts";
import type { Queue } from "./queue.ts";
import {
  type Amqp,
  bytesOfMessage,
  pathOf,
  type Refusal,
  refuseLink,
  types,
  wholeError,
} from "./rhea.ts";
import type { Server } from "./server.ts";

/** No batch is larger, whatever the link says. */
const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_BATCH_MESSAGES = 4500;
const MAX_ID_CHARACTERS = 128;
const MAX_PROPERTY_BYTES = 32 * 1024;
const MAX_PROPERTIES_BYTES = 64 * 1024;
const PARTITION_KEY = "x-opt-partition-key";
/** Of a link: how large a batch may be, where that is less than a message. */
const BATCH_SIZE = "com.microsoft:max-message-batch-size";

/** A client wants to send. */
export function acceptSender(server: Server, link: Amqp): void {
  const path = pathOf(link.target?.address);
  const refusal = refusalOfLink(server, path);
  if (refusal !== undefined) return refuseLink(link, refusal);
  const { attach } = link.local;
  attach.max_message_size = server.maxMessageBytes;
  attach.properties = {
    [BATCH_SIZE]: types.wrap_ulong(
      Math.min(server.maxMessageBytes, MAX_BATCH_BYTES),
    ),
  };
  echoTermini(link);
}

/** The answer to an attach names what the client asked for. */
export function echoTermini(link: Amqp): void {
  const { attach } = link.local;
  attach.snd_settle_mode = link.snd_settle_mode;
  // What is sent to it the service settles at once, whatever is asked for.
  if (link.is_sender()) attach.rcv_settle_mode = link.rcv_settle_mode;
  if (link.source) link.set_source({ address: link.source.address });
  if (link.target) link.set_target({ address: link.target.address });
}

function refusalOfLink(
  { entities, faults }: Server,
  path: string,
): Refusal | undefined {
  if (path === "$cbs") return undefined;
  if (isRequestNode(path)) {
    const entity = path.replace(/\/\$management$/, "");
    return entities.source(entity) ?? entities.target(entity)
      ? undefined
      : notFound(entity);
  }
  return faults.onLink() ??
    (entities.target(path) ? undefined : notFound(path));
}

/** `$cbs` and the management node of an entity. */
export function isRequestNode(path: string): boolean {
  return path === "$cbs" || path.endsWith("$management");
}

/** What the service says of an entity that isn't there. */
export function notFound(address: string): Refusal {
  return {
    condition: "amqp:not-found",
    description: `The messaging entity '${address}' could not be found.`,
  };
}

/** A message or a batch has come. */
export function takeMessages(server: Server, context: Amqp): void {
  const { receiver, delivery, connection } = context;
  const fate = server.faults.onSend();
  if (fate === "drop") return server.drop(connection);
  if (fate === "detach") return detach(receiver);
  const address = pathOf(receiver.target.address);
  const sent = readSent(context);
  const refusal = typeof fate === "object"
    ? fate
    : refusalOf(sent, server, server.entities.target(address));
  if (refusal !== undefined) return delivery.reject(wholeError(refusal));
  const nowMs = Date.now();
  for (const each of sent.messages) {
    server.entities.publish(address, each, nowMs);
  }
  server.sends.push({ address, count: sent.messages.length });
  if (fate === "take, then drop") return server.drop(connection);
  delivery.accept();
}

interface Sent {
  readonly messages: readonly Amqp[];
  readonly isBatch: boolean;
  readonly sizeBytes: number;
}

/** What the service does with the links to an entity that is full. */
function detach(link: Amqp): void {
  link.close(wholeError(QUOTA_EXCEEDED));
}

function readSent({ delivery, message: sent }: Amqp): Sent {
  if (!delivery.format) {
    const bytes = bytesOfMessage(sent);
    const messages = [withBytes(sent, bytes)];
    return { messages, isBatch: false, sizeBytes: bytes.length };
  }
  const { body } = decodeMessage(sent);
  const parts = body.multiple ? body.content : [body.content];
  return {
    messages: parts.map(decodeMessage),
    isBatch: true,
    sizeBytes: sent.length,
  };
}

function refusalOf(
  { messages, isBatch, sizeBytes }: Sent,
  server: Server,
  target: Queue | undefined,
): Refusal | undefined {
  if (target === undefined) return notFound("(deleted)");
  const most = isBatch
    ? Math.min(server.maxMessageBytes, MAX_BATCH_BYTES)
    : server.maxMessageBytes;
  if (sizeBytes > most) {
    return {
      condition: "amqp:link:message-size-exceeded",
      description: `The received message (delivery-id:0, size:${sizeBytes} ` +
        `bytes) exceeds the limit (${most} bytes) currently allowed on the link.`,
    };
  }
  if (messages.length > MAX_BATCH_MESSAGES) {
    return notAllowed("A batch holds at most 4500 messages.");
  }
  return messages.map(refusalOfMessage).find((one) => one !== undefined) ??
    refusalOfKeys(messages, target);
}

/** What the service never takes, whatever the queue. */
function refusalOfMessage(sent: Amqp): Refusal | undefined {
  const { message_id, group_id, message_annotations } = sent;
  const key = message_annotations?.[PARTITION_KEY];
  const texts = { MessageId: message_id, SessionId: group_id };
  for (const [name, text] of Object.entries({ ...texts, PartitionKey: key })) {
    if (typeof text !== "string" || text.length <= MAX_ID_CHARACTERS) continue;
    return argument(`${name} has more than ${MAX_ID_CHARACTERS} characters.`);
  }
  if (group_id && key && group_id !== key) {
    return notAllowed("PartitionKey must be the same as SessionId.");
  }
  const sizes = propertySizes(sent);
  const sum = sizes.reduce((total, size) => total + size, 0);
  if (sum > MAX_PROPERTIES_BYTES || Math.max(...sizes) > MAX_PROPERTY_BYTES) {
    return {
      condition: "amqp:link:message-size-exceeded",
      description: "The message's header or properties are too large: 32 KB " +
        "for each, 64 KB together.",
    };
  }
}

function refusalOfKeys(
  messages: readonly Amqp[],
  target: Queue,
): Refusal | undefined {
  const { requiresSession, isPartitioned, duplicateWindowMs } = target.options;
  if (requiresSession && messages.some(({ group_id }) => !group_id)) {
    return notAllowed("The SessionId was not set on a message.");
  }
  if (!isPartitioned) return undefined;
  if (new Set(messages.map(partitionOf)).size > 1) {
    return notAllowed("All messages of a batch must have one partition key.");
  }
  const ids = new Set(messages.map(({ message_id }) => String(message_id)));
  const goesById = duplicateWindowMs > 0 && partitionOf(messages[0]) === "";
  if (goesById && ids.size > 1) {
    return notAllowed("All messages of a batch must have one MessageId.");
  }
}

function partitionOf({ group_id, message_annotations }: Amqp): string {
  return group_id ?? message_annotations?.[PARTITION_KEY] ?? "";
}

function notAllowed(description: string): Refusal {
  return { condition: "amqp:not-allowed", description };
}

function argument(description: string): Refusal {
  return { condition: "com.microsoft:argument-error", description };
}
