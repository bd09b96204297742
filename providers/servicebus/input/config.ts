/**
 * The keys of `input { provider = "servicebus" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  integer,
  oneOf,
  string,
} from "@dstream/sdk";
import {
  checkClaimCheck,
  checkConnection,
  claimCheckField,
  connectionFields,
} from "../../azure/mod.ts";

const HOUR_MS = 3_600_000;

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  queue: string({
    doc: "The queue; or give topic and subscription",
    optional: true,
    example: "orders",
  }),
  topic: string({
    doc: "The topic",
    optional: true,
    example: "server.db.Cars.events",
  }),
  subscription: string({
    doc: "The subscription of the topic",
    optional: true,
    example: "sub1",
  }),
  deadLetters: boolean({
    doc: "Reads the dead-letter sub-queue instead",
    default: false,
  }),
  sessions: oneOf(["auto", "on", "off"], {
    doc: "Whether the queue or subscription has sessions; auto finds out",
    default: "auto",
  }),
  maxConcurrentSessions: integer({
    doc: "Sessions that are received from at once",
    default: 8,
    min: 1,
    max: 200,
  }),
  sessionIdleTimeout: duration({
    doc: "How long a session without messages is kept",
    default: "5s",
    min: 50,
    max: HOUR_MS,
  }),
  sessionTurn: duration({
    doc: "How long a busy session is kept when all places are taken, so that " +
      "others have their turn",
    default: "30s",
    min: 100,
    max: HOUR_MS,
  }),
  format: oneOf(["auto", "json", "envelope", "text", "base64"], {
    doc: "auto: JSON where it is, else text, else base64; envelope: the body " +
      "is {data, metadata} and becomes the envelope",
    default: "auto",
  }),
  onInvalid: oneOf(["fail", "dead_letter"], {
    doc: "A body that isn't what format says: the task fails, or the message " +
      "goes to the dead-letter sub-queue",
    default: "fail",
  }),
  maxUnsettled: integer({
    doc: "Messages that are on their way or prefetched at once; they are " +
      "locked meanwhile",
    aliases: ["prefetch"],
    default: 1000,
    min: 1,
    max: 2000,
  }),
  lockRenewal: duration({
    doc: "How long locks are renewed for a message the output hasn't " +
      "confirmed; after that it comes again. For a session: while it is " +
      "received from",
    default: "1h",
    min: 0,
    max: 24 * HOUR_MS,
  }),
  maxCount: integer({
    aliases: ["max_messages"],
    doc: "Ends after so many; 0 goes on",
    default: 0,
    min: 0,
    unit: "messages",
  }),
  idleTimeout: duration({
    doc: "Ends when nothing has come for so long; 0 goes on",
    default: 0,
    min: 0,
    max: 24 * HOUR_MS,
    example: "10s",
  }),
  claimCheck: claimCheckField,
  adminEndpoint: string({
    doc: "Another address for management requests, for an emulator",
    optional: true,
    example: "http://127.0.0.1:5300",
  }),
};

/** What the code reads. */
export type ServiceBusConfig = Config<typeof config>;

/** What is read, for people: `orders`, `events/sub1`. */
export function sourceName(config: ServiceBusConfig): string {
  const { queue, topic, subscription, deadLetters } = config;
  const name = queue ?? `${topic}/${subscription}`;
  return deadLetters ? `${name} (dead letters)` : name;
}

/** Mistakes that no single key can see. */
export function* check(values: ServiceBusConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  yield* checkClaimCheck(values.claimCheck);
  const { queue, topic, subscription, sessions, deadLetters } = values;
  if (queue !== undefined && topic !== undefined) {
    yield problem("topic", "topic and queue exclude each other");
  } else if (queue === undefined && topic === undefined) {
    yield problem("queue", "queue, or topic and subscription, is required");
  } else if (topic !== undefined && subscription === undefined) {
    yield problem("subscription", "subscription is required with topic");
  } else if (topic === undefined && subscription !== undefined) {
    yield problem("subscription", "subscription is for a topic");
  }
  if (deadLetters && sessions === "on") {
    yield problem("sessions", "a dead-letter sub-queue has no sessions");
  }
}

function problem(key: string, message: string): ConfigProblem {
  return { path: `config.${key}`, message };
}
