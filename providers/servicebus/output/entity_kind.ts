/**
 * One queue, topic or subscription, as the administration client sees it.
 *
 * @module
 */

import type {
  CreateQueueOptions,
  QueueProperties,
  ServiceBusAdministrationClient,
  SubscriptionProperties,
  TopicProperties,
} from "@azure/service-bus";
import { failureCode } from "../../azure/mod.ts";
import type { ServiceBusConfig } from "./config.ts";
import type { Wanted } from "./wanted.ts";

/** What the service knows of an entity. */
export type Found = QueueProperties | TopicProperties | SubscriptionProperties;

/** Settings, in the service's words. */
type Settings = Pick<
  CreateQueueOptions,
  | "lockDuration"
  | "maxDeliveryCount"
  | "maxSizeInMegabytes"
  | "requiresDuplicateDetection"
  | "duplicateDetectionHistoryTimeWindow"
  | "requiresSession"
  | "enablePartitioning"
  | "defaultMessageTimeToLive"
  | "deadLetteringOnMessageExpiration"
>;
type Setting = keyof Settings;

/** What each setting is called in a config. */
const NAMES: Readonly<Record<Setting, string>> = {
  lockDuration: "lock_duration",
  maxDeliveryCount: "max_delivery_count",
  maxSizeInMegabytes: "max_size_mb",
  requiresDuplicateDetection: "duplicate_detection",
  duplicateDetectionHistoryTimeWindow: "duplicate_detection window",
  requiresSession: "sessions",
  enablePartitioning: "partitioned",
  defaultMessageTimeToLive: "message_ttl",
  deadLetteringOnMessageExpiration: "dead_letter_expired",
};
const FIXED: ReadonlySet<Setting> = new Set([
  "requiresDuplicateDetection",
  "requiresSession",
  "enablePartitioning",
]);
const QUEUE_ALONE: readonly Setting[] = [
  "maxSizeInMegabytes",
  "requiresDuplicateDetection",
  "duplicateDetectionHistoryTimeWindow",
  "enablePartitioning",
];
const RECEIVING: readonly Setting[] = [
  "lockDuration",
  "maxDeliveryCount",
  "requiresSession",
  "deadLetteringOnMessageExpiration",
];

export class EntityKind {
  readonly #client: ServiceBusAdministrationClient;
  readonly #wanted: Wanted;
  readonly #settings: Settings;

  constructor(
    client: ServiceBusAdministrationClient,
    config: ServiceBusConfig,
    wanted: Wanted,
  ) {
    this.#client = client;
    this.#wanted = wanted;
    this.#settings = settingsOf(config, wanted.type);
  }

  /** What is there; undefined: nothing. */
  async find(abortSignal: AbortSignal): Promise<Found | undefined> {
    const { type, name } = this.#wanted;
    const options = { abortSignal };
    return await unlessMissing((): Promise<Found> => {
      switch (type) {
        case "queue":
          return this.#client.getQueue(name, options);
        case "topic":
          return this.#client.getTopic(name, options);
        case "subscription":
          return this.#client
            .getSubscription(this.#topic, name, options);
      }
    });
  }

  /** Two that do it at the same time both succeed. */
  async create(abortSignal: AbortSignal): Promise<void> {
    const { type, name } = this.#wanted;
    const options = { ...this.#settings, abortSignal };
    try {
      if (type === "queue") await this.#client.createQueue(name, options);
      else if (type === "topic") await this.#client.createTopic(name, options);
      else {
        await this.#client.createSubscription(this.#topic, name, options);
      }
    } catch (error) {
      if (failureCode(error) !== "MessageEntityAlreadyExistsError") throw error;
    }
  }

  /** Changes what can be changed. */
  async update(abortSignal: AbortSignal): Promise<void> {
    const found = await this.find(abortSignal);
    if (found === undefined) return await this.create(abortSignal);
    const changes = Object.fromEntries(
      Object.entries(this.#settings)
        .filter(([key]) => !FIXED.has(key as Setting)),
    );
    const options = { abortSignal };
    // The client wants what it gave, changed in place.
    // deno-lint-ignore no-explicit-any
    const changed = Object.assign(found, changes) as any;
    const { type } = this.#wanted;
    if (type === "queue") await this.#client.updateQueue(changed, options);
    else if (type === "topic") await this.#client.updateTopic(changed, options);
    else await this.#client.updateSubscription(changed, options);
  }

  /** @returns Whether it was there. */
  async remove(abortSignal: AbortSignal): Promise<boolean> {
    const { type, name } = this.#wanted;
    const options = { abortSignal };
    const done = await unlessMissing(async () => {
      if (type === "queue") await this.#client.deleteQueue(name, options);
      else if (type === "topic") await this.#client.deleteTopic(name, options);
      else {
        await this.#client.deleteSubscription(this.#topic, name, options);
      }
      return true;
    });
    return done ?? false;
  }

  /** How many messages it holds; undefined: it isn't there. */
  async counts(
    abortSignal: AbortSignal,
  ): Promise<Record<string, number> | undefined> {
    const { type, name } = this.#wanted;
    const options = { abortSignal };
    return await unlessMissing(async (): Promise<Record<string, number>> => {
      if (type === "topic") {
        const found = await this.#client
          .getTopicRuntimeProperties(name, options);
        return { subscriptions: found.subscriptionCount ?? 0 };
      }
      const found = type === "queue"
        ? await this.#client.getQueueRuntimeProperties(name, options)
        : await this.#client
          .getSubscriptionRuntimeProperties(this.#topic, name, options);
      return {
        messages: found.activeMessageCount,
        dead_letters: found.deadLetterMessageCount,
      };
    });
  }

  /** Where what is there differs from what is wanted. */
  differences(found: Found): { changeable: string[]; fixed: string[] } {
    const there = found as unknown as Record<string, unknown>;
    const different = (Object.keys(this.#settings) as Setting[])
      .filter((key) => !isSame(this.#settings[key], there[key]));
    return {
      changeable: different.filter((key) => !FIXED.has(key))
        .map((key) => NAMES[key]),
      fixed: different.filter((key) => FIXED.has(key)).map((key) => NAMES[key]),
    };
  }

  get #topic(): string {
    return (this.#wanted as { readonly topic: string }).topic;
  }
}

/** Only what the config says; the service fills in the rest. */
function settingsOf(
  { entities }: ServiceBusConfig,
  type: Wanted["type"],
): Settings {
  const windowMs = entities.duplicateDetection;
  const all: Settings = {
    lockDuration: isoDuration(entities.lockDuration),
    maxDeliveryCount: entities.maxDeliveryCount,
    maxSizeInMegabytes: entities.maxSizeMb,
    requiresDuplicateDetection: windowMs === undefined ? undefined : true,
    duplicateDetectionHistoryTimeWindow: isoDuration(windowMs),
    requiresSession: entities.sessions || undefined,
    enablePartitioning: entities.partitioned || undefined,
    defaultMessageTimeToLive: isoDuration(entities.messageTtl),
    deadLetteringOnMessageExpiration: entities.deadLetterExpired || undefined,
  };
  const left: ReadonlySet<Setting> = new Set(
    type === "topic" ? RECEIVING : type === "subscription" ? QUEUE_ALONE : [],
  );
  return Object.fromEntries(
    Object.entries(all).filter(([key, value]) =>
      value !== undefined && !left.has(key as Setting)
    ),
  );
}

/** 90000 → `PT90S` */
function isoDuration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `PT${ms / 1000}S`;
}

/** `PT60S` and `PT1M` are the same. */
function isSame(wanted: unknown, found: unknown): boolean {
  const [a, b] = [wanted, found].map((value) =>
    typeof value === "string" && /^P/.test(value) ? isoSeconds(value) : value
  );
  return a === b;
}

function isoSeconds(text: string): number {
  const parts =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text) ?? [];
  const [days, hours, minutes, seconds] = [1, 2, 3, 4]
    .map((index) => Number(parts[index] ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}

async function unlessMissing<T>(
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (failureCode(error) === "MessageEntityNotFoundError") return undefined;
    throw error;
  }
}

/** For people. */
export function describeAdminFailure(error: unknown): string {
  const code = failureCode(error);
  if (code === "UnauthorizedRequestError") {
    return "the connection string or the identity may not manage the " +
      "namespace: it needs the right “Manage” (docs/servicebus.md)";
  }
  const text = error instanceof Error ? error.message : String(error);
  return `the namespace can't be managed: ${text.split("\n")[0]}`;
}
