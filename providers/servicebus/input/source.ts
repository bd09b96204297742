/**
 * What queues and sessions have in common for the input.
 *
 * @module
 */

import type {
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
} from "@azure/service-bus";

/** A message that is locked for us, until it is settled or lost. */
export interface Received {
  readonly message: ServiceBusReceivedMessage;
  readonly receiver: ServiceBusReceiver;
  /** Its lock is gone: it comes again, to whoever. */
  isLost: boolean;
  /** When its lock runs out unless it is renewed, as performance.now(). */
  lockedUntilMs: number;
  /** It is settled: another may come. */
  release(): void;
}

/** Who hears of messages. */
export interface Events {
  received(received: Received): void;
  /** What can't be mended by trying again. */
  failed(error: Error): void;
  /** The queue has sessions. */
  sessionsNeeded(): void;
}

/** Where messages come from. */
export interface Source {
  /** No more messages are asked for; what came stays locked. */
  stop(): Promise<void>;
  /** Lets everything go. */
  close(): Promise<void>;
}

/** How the clients of Azure are to hand messages over. */
export const RECEIVE_OPTIONS = {
  receiveMode: "peekLock",
  // Their renewal loses track of two messages with one id: see lock_keeper.ts.
  maxAutoLockRenewalDurationInMs: 0,
  skipParsingBodyAsJson: true,
  skipConvertingDate: true,
} as const;
