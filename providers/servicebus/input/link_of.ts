/**
 * The AMQP link a message came on, which the client keeps with it undocumented.
 *
 * After a connection broke, the client settles a message of the old link on the
 * new one: the service never hears of it, and the answer to another message with
 * that number goes astray. A message without a link it settles through the
 * management node, by its lock token, as it does with deferred ones; so that is
 * what such a message is made to look like.
 *
 * @module
 */

import type { ServiceBusReceivedMessage } from "@azure/service-bus";

interface WithDelivery {
  readonly delivery?: { readonly link?: { is_open(): boolean } };
}

/** Whether the link is still the one that messages come on. */
export function isLinkOpen(message: ServiceBusReceivedMessage): boolean {
  const { delivery } = message as unknown as WithDelivery;
  return delivery?.link?.is_open() ?? true;
}

/** The message as it can be settled now. */
export function settleable(
  message: ServiceBusReceivedMessage,
): ServiceBusReceivedMessage {
  if (isLinkOpen(message)) return message;
  return Object.create(message, { delivery: { value: {} } });
}
