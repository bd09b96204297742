/**
 * Links on which clients send: what is taken and what is refused.
 *
 * @module
 */

import type { Queue } from "./queue.ts";
import { type Amqp, message, type Refusal } from "./rhea.ts";
import type { Server } from "./server.ts";

/** No batch is larger, whatever the link says. */
const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_BATCH_MESSAGES = 4500;

/** A client wants to send. */
export function acceptSender(server: Server, link: Amqp): void {
  const address: string = link.target?.address ?? "";
  link.local.attach.max_message_size = server.maxMessageBytes;
  link.set_target({ address });
  if (link.source) link.set_source({ address: link.source.address });
  if (address === "$cbs") return;
  if (isRequestNode(address)) {
    const entity = address.replace(/\/\$management$/, "");
    const { entities } = server;
    if (!entities.source(entity) && !entities.target(entity)) {
      link.close(notFound(entity));
    }
    return;
  }
  const refusal = server.faults.onLink() ??
    (server.entities.target(address) ? undefined : notFound(address));
  if (refusal !== undefined) link.close(refusal);
}

/** `$cbs` and the management node of an entity. */
export function isRequestNode(address: string): boolean {
  return address === "$cbs" || address.endsWith("$management");
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
  const address: string = receiver.target.address;
  const sent = readSent(context);
  const refusal = typeof fate === "object"
    ? fate
    : refusalOf(sent, server, server.entities.target(address));
  if (refusal !== undefined) return delivery.reject(refusal);
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

function readSent({ delivery, message: sent }: Amqp): Sent {
  if (!delivery.format) {
    const sizeBytes = message.encode(sent).length;
    return { messages: [sent], isBatch: false, sizeBytes };
  }
  const { body } = message.decode(sent);
  const parts = body.multiple ? body.content : [body.content];
  return {
    messages: parts.map((part: Amqp) => message.decode(part)),
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
  const { requiresSession, isPartitioned, duplicateWindowMs } = target.options;
  if (requiresSession && messages.some(({ group_id }) => !group_id)) {
    return notAllowed("The SessionId was not set on a message.");
  }
  if (new Set(messages.map(partitionOf)).size > 1) {
    return notAllowed("All messages of a batch must have one partition key.");
  }
  const ids = new Set(messages.map(({ message_id }) => message_id));
  const goesById = isPartitioned && duplicateWindowMs > 0 &&
    partitionOf(messages[0]) === "";
  if (goesById && ids.size > 1) {
    return notAllowed("All messages of a batch must have one MessageId.");
  }
}

function partitionOf({ group_id, message_annotations }: Amqp): string {
  return group_id ?? message_annotations?.["x-opt-partition-key"] ?? "";
}

function notAllowed(description: string): Refusal {
  return { condition: "amqp:not-allowed", description };
}
