/**
 * The management interface: queues, topics and subscriptions over HTTP.
 *
 * @module
 */

import {
  type Description,
  durationText,
  entryXml,
  errorXml,
  feedXml,
  type Kind,
  readDescription,
  readDurationMs,
} from "./atom.ts";
import type { Entities, Topic } from "./entities.ts";
import type { Queue, QueueOptions } from "./queue.ts";

const FOREVER = "P10675199DT2H48M5.4775807S";
const CREATED = "2026-01-01T00:00:00Z";
/** Longer than any test; the service says so for "never". */
const FOREVER_MS = 100 * 365 * 24 * 3600 * 1000;

/** What the service fills in. */
const USUAL: Readonly<Record<string, string>> = {
  MaxSizeInMegabytes: "1024",
  RequiresDuplicateDetection: "false",
  RequiresSession: "false",
  DefaultMessageTimeToLive: FOREVER,
  DeadLetteringOnMessageExpiration: "false",
  DeadLetteringOnFilterEvaluationExceptions: "true",
  DuplicateDetectionHistoryTimeWindow: "PT10M",
  EnableBatchedOperations: "true",
  SizeInBytes: "0",
  Status: "Active",
  CreatedAt: CREATED,
  UpdatedAt: CREATED,
  AccessedAt: CREATED,
  SupportOrdering: "true",
  AutoDeleteOnIdle: FOREVER,
  EnablePartitioning: "false",
  EntityAvailabilityStatus: "Available",
  EnableExpress: "false",
};

/** What an entity keeps for its life. */
const FIXED = [
  "RequiresSession",
  "RequiresDuplicateDetection",
  "EnablePartitioning",
];
/** No lock is longer. */
const MOST_LOCK_MS = 5 * 60_000;
/** The most entries in one answer. */
const PAGE = 100;

export class AdminEndpoint {
  /** Every request, as `PUT orders`. */
  readonly requests: string[] = [];
  readonly #entities: Entities;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #given = new Map<object, Record<string, string>>();

  constructor(entities: Entities) {
    this.#entities = entities;
    this.#server = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen() {},
    }, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async close(): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = decodeURIComponent(url.pathname.slice(1));
    const body = await request.text();
    this.requests.push(`${request.method} ${path}`);
    if (!request.headers.get("authorization")) {
      return failure(401, "The request has no authorization header.");
    }
    switch (request.method) {
      case "PUT":
        return this.#put(path, body, request.headers.get("if-match") === "*");
      case "DELETE":
        return this.#delete(path);
      default:
        return this.#list(path, url) ?? this.#get(path);
    }
  }

  #get(path: string): Response {
    const description = this.#describe(path);
    if (description === undefined) return failure(404, `No such: ${path}`);
    return xmlResponse(entryXml(description), 200);
  }

  #put(path: string, body: string, isUpdate: boolean): Response {
    const { kind, properties } = readDescription(body);
    const isThere = this.#find(path) !== undefined;
    if (kind === undefined) return failure(400, "The body has no description.");
    if (isThere && !isUpdate) {
      return failure(409, "SubCode=40900. Conflict. It exists already.");
    }
    if (!isThere && isUpdate) return failure(404, `No such: ${path}`);
    const refusal = refusalOf(properties, this.#describe(path)?.properties);
    if (refusal !== undefined) return failure(400, refusal);
    const entity = isThere ? this.#find(path)! : this.#create(path, kind);
    if (entity === undefined) return failure(404, `No topic for ${path}`);
    this.#given.set(entity, properties);
    if ("subscriptions" in entity) {
      entity.duplicates.options = withGiven(
        entity.duplicates.options,
        properties,
      );
    } else {
      entity.options = withGiven(entity.options, properties);
    }
    return xmlResponse(entryXml(this.#describe(path)!), isThere ? 200 : 201);
  }

  #delete(path: string): Response {
    const [topic, subscription] = splitPath(path);
    const isGone = subscription === undefined
      ? this.#entities.queues.delete(topic) ||
        this.#entities.topics.delete(topic)
      : this.#entities.topics.get(topic)?.subscriptions.delete(subscription);
    return isGone ? new Response(null) : failure(404, `No such: ${path}`);
  }

  #list(path: string, url: URL): Response | undefined {
    const all = this.#pathsOf(path.toLowerCase());
    if (all === undefined) return undefined;
    const skip = Number(url.searchParams.get("$skip") ?? 0);
    const top = Math.min(PAGE, Number(url.searchParams.get("$top") ?? PAGE));
    const page = all.slice(skip, skip + top);
    const hasMore = skip + top < all.length;
    const next = `${url.origin}/${path}?$skip=${skip + top}&$top=${top}`;
    const entries = page.map((each) => this.#describe(each)!);
    return xmlResponse(feedXml(entries, hasMore ? next : undefined), 200);
  }

  #pathsOf(list: string): string[] | undefined {
    const { queues, topics } = this.#entities;
    if (list === "$resources/queues") {
      return [...queues.values()].map(({ path }) => path);
    }
    if (list === "$resources/topics") {
      return [...topics.values()].map(({ name }) => name);
    }
    const topic = /^(.*)\/subscriptions\/?$/.exec(list)?.[1];
    if (topic === undefined) return undefined;
    return [...topics.get(topic)?.subscriptions.values() ?? []]
      .map(({ path }) => path);
  }

  #create(path: string, kind: Kind): Queue | Topic | undefined {
    if (kind === "Queue") return this.#entities.addQueue(path);
    if (kind === "Topic") return this.#entities.addTopic(path, []);
    const [topic] = splitPath(path);
    const name = path.split("/").at(-1)!;
    const { name: topicName } = this.#entities.topics.get(topic) ?? {};
    if (topicName === undefined) return undefined;
    return this.#entities.addSubscription(topicName, name);
  }

  #find(path: string): Queue | Topic | undefined {
    return this.#entities.topic(path) ?? this.#entities.source(path);
  }

  #describe(path: string): Description | undefined {
    const entity = this.#find(path);
    if (entity === undefined) return undefined;
    const given = this.#given.get(entity) ?? {};
    if ("subscriptions" in entity) {
      const properties = {
        ...USUAL,
        ...optionTexts(entity.duplicates.options),
        ...given,
        SubscriptionCount: String(entity.subscriptions.size),
      };
      return { kind: "Topic", path: entity.name, properties, counts: {} };
    }
    const kind = entity.path.includes("/Subscriptions/")
      ? "Subscription"
      : "Queue";
    const properties = {
      ...USUAL,
      ...optionTexts(entity.options),
      ...given,
      MessageCount: String(entity.size),
    };
    const { size, scheduledCount } = entity;
    const counts = {
      ActiveMessageCount: size - scheduledCount,
      DeadLetterMessageCount: entity.deadLetters?.size ?? 0,
      ScheduledMessageCount: scheduledCount,
    };
    return { kind, path: entity.path, properties, counts };
  }
}

function splitPath(path: string): [string, string | undefined] {
  const [topic, subscription] = path.toLowerCase().split("/subscriptions/");
  return [topic, subscription];
}

function optionTexts(options: QueueOptions): Record<string, string> {
  return {
    LockDuration: durationText(options.lockMs),
    MaxDeliveryCount: String(options.maxDeliveryCount),
    RequiresSession: String(options.requiresSession),
    RequiresDuplicateDetection: String(options.duplicateWindowMs > 0),
    EnablePartitioning: String(options.isPartitioned),
  };
}

function withGiven(
  before: QueueOptions,
  given: Readonly<Record<string, string>>,
): QueueOptions {
  const durationOf = (name: string) =>
    given[name] === undefined ? undefined : readDurationMs(given[name]);
  const ttlMs = durationOf("DefaultMessageTimeToLive") ?? 0;
  const windowMs = durationOf("DuplicateDetectionHistoryTimeWindow");
  return {
    lockMs: durationOf("LockDuration") ?? before.lockMs,
    maxDeliveryCount: Number(given.MaxDeliveryCount ?? before.maxDeliveryCount),
    requiresSession: given.RequiresSession === "true",
    duplicateWindowMs: given.RequiresDuplicateDetection === "true"
      ? windowMs ?? 600_000
      : 0,
    ttlMs: ttlMs > FOREVER_MS ? 0 : ttlMs,
    deadLettersExpired: given.DeadLetteringOnMessageExpiration === "true",
    isPartitioned: given.EnablePartitioning === "true",
  };
}

/** What can't be, or can't be changed once the entity is there. */
function refusalOf(
  given: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const { LockDuration } = given;
  if (LockDuration && readDurationMs(LockDuration) > MOST_LOCK_MS) {
    return "SubCode=40000. The supplied lock time exceeds the maximum of 5 " +
      "minutes. Parameter name: LockDuration";
  }
  const changed = FIXED.find((name) =>
    before && given[name] !== undefined && given[name] !== before[name]
  );
  return changed && `SubCode=40000. The value for the ${changed} property of ` +
      "an existing entity cannot be changed.";
}

function failure(status: number, detail: string): Response {
  return xmlResponse(errorXml(status, detail), status);
}

function xmlResponse(xml: string, status: number): Response {
  const headers = { "content-type": "application/atom+xml;charset=utf-8" };
  return new Response(xml, { status, headers });
}
