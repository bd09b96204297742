/**
 * The keys of `output { provider = "servicebus" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  integer,
  list,
  object,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import {
  checkClaimCheck,
  checkConnection,
  claimCheckField,
  connectionFields,
  propertyTemplates,
  sendingFields,
} from "../../azure/mod.ts";
import { checkTables } from "./table_names.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE_MS = 60_000;

/** No batch may be larger, whatever a link says. */
const MAX_BATCH_BYTES = MIB;
const MAX_BATCH_MESSAGES = 4500;

const expression = (doc: string, example: string) =>
  string({ doc, example, optional: true });

const batch = object({
  maxBytes: size({
    doc: "The largest batch; smaller where the service says so",
    default: "1MiB",
    min: KIB,
    max: MAX_BATCH_BYTES,
  }),
  maxMessages: integer({
    doc: "The most messages of a batch",
    default: MAX_BATCH_MESSAGES,
    min: 1,
    max: MAX_BATCH_MESSAGES,
  }),
  oneByOne: boolean({
    doc: "No batches: for partitioned entities with duplicate detection, " +
      "where messages have neither a session nor a partition key",
    default: false,
  }),
}, { doc: "max_bytes, max_messages, one_by_one", default: {} });

const entities = object({
  queues: list(string({ doc: "A queue" }), {
    doc: "Queues to make besides the one in `queue`",
    default: [],
  }),
  topics: list(string({ doc: "A topic" }), {
    doc: "Topics to make besides the one in `topic`",
    default: [],
  }),
  subscriptions: list(string({ doc: "A subscription" }), {
    doc: "Subscriptions of every topic",
    default: ["sub1"],
  }),
  lockDuration: duration({
    doc: "How long a receiver has a message, up to 5m",
    optional: true,
    min: 5000,
    max: 5 * MINUTE_MS,
  }),
  maxDeliveryCount: integer({
    doc: "Deliveries until a message becomes a dead letter",
    optional: true,
    min: 1,
    max: 2000,
  }),
  maxSizeMb: integer({
    doc: "The most it may hold",
    optional: true,
    min: 1024,
    unit: "MB",
  }),
  duplicateDetection: duration({
    doc: "Drops messages with an id that came within this time; " +
      "can't be changed later between on and off",
    optional: true,
    min: 20_000,
    max: 7 * 24 * 60 * MINUTE_MS,
  }),
  sessions: boolean({
    doc: "Queues and subscriptions with sessions; can't be changed later",
    default: false,
  }),
  partitioned: boolean({
    doc: "Partitioned entities; can't be changed later",
    default: false,
  }),
  messageTtl: duration({
    doc: "How long a message stays that nobody takes",
    optional: true,
    min: 1000,
  }),
  deadLetterExpired: boolean({
    doc: "Expired messages become dead letters",
    default: false,
  }),
}, {
  doc: "What `dstream init` makes and how: queues, topics, subscriptions, " +
    "lock_duration, max_delivery_count, max_size_mb, duplicate_detection, " +
    "sessions, partitioned, message_ttl, dead_letter_expired",
  default: {},
  example: { subscriptions: ["sub1"], duplicate_detection: "10m" },
});

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  queue: expression(
    "The queue, fixed or by expression",
    "orders",
  ),
  topic: expression(
    "The topic, fixed or by expression; or give queue, or tables",
    "{metadata.Destination}",
  ),
  tables: list(string({ doc: "A table" }), {
    doc: "Tables, each with a queue or topic of its own: envelopes go there " +
      "by their metadata's table (or TableName), `dstream init` makes them",
    optional: true,
    minItems: 1,
    example: ["dbo.Cars"],
  }),
  tableEntities: oneOf(["queues", "topics"], {
    doc: "What each of tables has: the queue " +
      "<source_host>-<source_database>-<table>, or the topic " +
      "<source_host>.<source_database>.<table>.events",
    default: "queues",
  }),
  sourceHost: string({
    doc: "The server the tables are on, for the names of their entities",
    optional: true,
    example: "localhost",
  }),
  sourceDatabase: string({
    doc: "The database the tables are in, for the names of their entities",
    optional: true,
    example: "TestDB",
  }),
  resourceGroup: string({
    doc: "Taken for compatibility; nothing here needs it",
    optional: true,
    example: "rg-dstream",
  }),
  messageId: expression(
    "The message's id. Left out: the id it had, or its place in the " +
      "database's log, or a hash of the envelope",
    "{metadata.table}/{data.id}/{data.version}",
  ),
  sessionId: expression(
    "The session: messages of one are received in order, by one receiver at " +
      "a time",
    "{metadata.table}",
  ),
  partitionKey: expression(
    "Keeps messages together in a partitioned entity",
    "{data.customer_id}",
  ),
  correlationId: expression("The correlation id", "{metadata.request_id}"),
  subject: expression(
    "The subject (label), which subscriptions can filter by",
    "{metadata.operation}",
  ),
  contentType: expression(
    "The content type; application/json when left out",
    "application/json",
  ),
  timeToLive: duration({
    doc: "How long the message is kept if nobody takes it; AMQP has no more " +
      "than 49 days, entities { message_ttl } has",
    optional: true,
    min: 1,
    max: 49 * 24 * 60 * MINUTE_MS,
    example: "24h",
  }),
  scheduledTime: expression(
    "When the message becomes visible: RFC 3339, or milliseconds since 1970",
    "{data.due_at}",
  ),
  ...sendingFields,
  oversize: oneOf(["fail", "dead_letter", "claim_check"], {
    doc: "A message the service takes for too large: the task fails, it goes " +
      "to the task's dead letters, or its body goes to a blob",
    default: "fail",
  }),
  claimCheck: claimCheckField,
  batch,
  maxSenders: integer({
    doc: "Queues and topics that are kept open at once",
    default: 100,
    min: 1,
    max: 1000,
  }),
  maxConcurrentSends: integer({
    doc: "Sends at once, to different destinations, sessions or partition keys",
    default: 8,
    min: 1,
    max: 100,
  }),
  adminEndpoint: string({
    doc: "Another address for management requests, for an emulator",
    optional: true,
    example: "http://127.0.0.1:5300",
  }),
  entities,
};

/** What the code reads. */
export type ServiceBusConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: ServiceBusConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  yield* checkDestination(values);
  yield* checkTables(values);
  yield* checkSessions(values);
  yield* checkExpressions(values);
  yield* checkClaimCheck(values.claimCheck);
  const { oversize, claimCheck } = values;
  if (oversize === "claim_check" && claimCheck === undefined) {
    yield {
      path: "config.oversize",
      message: 'oversize = "claim_check" needs the block claim_check',
    };
  }
}

function* checkDestination(
  { queue, topic, tables }: ServiceBusConfig,
): Generator<ConfigProblem> {
  if (queue !== undefined && topic !== undefined) {
    yield {
      path: "config.topic",
      message: "topic and queue exclude each other",
    };
  } else if (queue === undefined && topic === undefined && !tables) {
    yield {
      path: "config.queue",
      message: "queue, topic or tables is required",
      hint: 'for example queue = "orders", or topic = "{metadata.Destination}"',
    };
  }
}

/** The service makes dead letters of messages without one, or refuses them. */
function* checkSessions(
  { entities, sessionId }: ServiceBusConfig,
): Generator<ConfigProblem> {
  if (!entities.sessions || sessionId !== undefined) return;
  yield {
    path: "config.session_id",
    message: "entities { sessions = true } needs session_id",
    hint: 'for example session_id = "{metadata.TableName}", or ' +
      '"{metadata.servicebus.session_id}" for the sessions that messages had',
  };
}

function* checkExpressions(values: ServiceBusConfig): Generator<ConfigProblem> {
  yield* checkTemplates({
    queue: values.queue,
    topic: values.topic,
    message_id: values.messageId,
    session_id: values.sessionId,
    partition_key: values.partitionKey,
    correlation_id: values.correlationId,
    subject: values.subject,
    content_type: values.contentType,
    scheduled_time: values.scheduledTime,
    ...propertyTemplates(values.applicationProperties),
  });
}
