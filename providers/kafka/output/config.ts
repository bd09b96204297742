/**
 * The keys of `output { provider = "kafka" config { … } }`.
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
  map,
  object,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import {
  EVENT_HUBS_BATCH_BYTES,
  EVENT_HUBS_COMPRESSIONS,
  EVENT_HUBS_REQUEST_BYTES,
  parseConnectionString,
} from "../connection/event_hubs.ts";
import { checkConnection, connectionFields } from "../connection/fields.ts";
import { checkRegistry, outputRegistryField } from "../registry/fields.ts";
import { isRowFormat, ROW_FORMATS } from "../registry/format_names.ts";
import { COMPRESSIONS } from "../wire/record_batch.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const HOUR_MS = 3_600_000;

const topics = object({
  names: list(string({ doc: "A topic" }), {
    doc: "Topics to make besides the one in `topic`",
    default: [],
  }),
  tables: list(string({ doc: "A table" }), {
    doc: "Tables whose topics are made, named by topic_prefix",
    default: [],
    example: ["orders", "sales.items"],
  }),
  partitions: integer({
    doc: "How many a topic has; more are added where it has fewer",
    optional: true,
    example: 6,
    min: 1,
    max: 100_000,
  }),
  replicationFactor: integer({
    doc: "On how many brokers each partition is",
    optional: true,
    example: 3,
    min: 1,
    max: 100,
  }),
  cleanupPolicy: oneOf(["delete", "compact", "compact,delete"], {
    doc: "Whether old messages go by age, or by newer ones of the same key",
    optional: true,
    example: "compact",
  }),
  retention: duration({
    doc: "How long messages stay",
    optional: true,
    example: "168h",
    min: 1,
  }),
  settings: map(string({ doc: "A value", minLength: 0 }), {
    doc: "Further settings of a topic, by Kafka's names",
    default: {},
    example: { "min.insync.replicas": "2" },
  }),
}, {
  doc: "What `dstream init` makes and how: names, tables, partitions, " +
    "replication_factor, cleanup_policy, retention, settings; what is left " +
    "out is as the brokers have it",
  default: {},
  example: { tables: ["orders"], partitions: 6, replication_factor: 3 },
});

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  topic: string({
    doc: "The topic, fixed or by expression. Left out, and topic_prefix too, " +
      "the event hub that connection_string is for",
    optional: true,
    example: "{metadata.table}",
  }),
  topicPrefix: string({
    doc: "Each table gets a topic: this, a dot, the table's name; " +
      "or give topic",
    optional: true,
    example: "data_events",
  }),
  key: string({
    doc: "The message's key, an expression. Left out: made of the row's key " +
      "columns, so that a row always lands in one partition",
    optional: true,
    example: "{data.customer_id}",
  }),
  keyFormat: oneOf(["json", "text"], {
    doc: 'How key columns are written: {"id":7}, or 7 (of several columns ' +
      "[7,1])",
    default: "json",
  }),
  serialization: oneOf(["json", ...ROW_FORMATS, "text", "bytes"], {
    doc:
      "How values are written: as JSON; as Avro, JSON with a JSON Schema or " +
      "Protobuf, with a schema in schema_registry; a text as it is; or the " +
      "bytes that a text in base64 stands for",
    default: "json",
  }),
  schemaRegistry: outputRegistryField,
  value: oneOf(["data", "envelope", "debezium"], {
    doc: "What is written: the envelope's data, all of the envelope, or a " +
      "change in Debezium's shape (before, after, op, source)",
    default: "data",
  }),
  deletes: oneOf(["record", "tombstone", "both"], {
    doc: "A deleted row becomes a message like the others, a message with a " +
      "key and no value, or the one and then the other. Left out: tombstone " +
      "for data, record for envelope, both for debezium",
    optional: true,
    example: "both",
  }),
  headers: map(string({ doc: "A text or an expression" }), {
    doc: "Headers by name",
    default: {},
    example: { origin: "{metadata.source}" },
  }),
  metadataHeaders: boolean({
    doc: "Each key of the metadata becomes a header too, what is no text as " +
      "JSON",
    default: false,
  }),
  headerPrefix: string({
    doc: "Before the names of those headers",
    default: "",
    minLength: 0,
  }),
  timestamp: oneOf(["now", "source"], {
    doc: "The message's time: when it is written, or when the change was " +
      "committed where that is known",
    default: "now",
  }),
  compression: oneOf(COMPRESSIONS, {
    doc: "How batches are compressed",
    default: "none",
  }),
  transactions: boolean({
    doc: "Each batch in one transaction, and with it the offsets of a kafka " +
      'input of the same brokers with commit = "output": exactly once from ' +
      "topic to topic for who reads what is committed",
    default: false,
  }),
  transactionalId: string({
    doc: "The name this process writes under, another for each: whoever " +
      "begins with it ends the one before. Left out: dstream- and the task's",
    optional: true,
    example: "dstream-orders-1",
  }),
  transactionTimeout: duration({
    doc: "How long a transaction may be open before the brokers give it up; " +
      "so long others wait for a process that is gone",
    default: "30s",
    min: 1000,
    max: HOUR_MS,
  }),
  createTopics: boolean({
    doc: "Makes a missing topic (as the block topics says) when the first " +
      "message is for it, instead of failing",
    default: false,
  }),
  batchBytes: size({
    doc: "The largest batch of a partition, before it is compressed; smaller " +
      "where the topic allows less",
    default: "1000KB",
    min: KIB,
    max: 64 * MIB,
  }),
  requestBytes: size({
    doc: "The largest request; brokers take 100 MiB unless set up otherwise",
    default: "16MiB",
    min: KIB,
    max: 90 * MIB,
  }),
  retryTimeout: duration({
    doc: "How long it is tried again without any progress, while brokers are " +
      "away, before the provider gives up and is started anew",
    default: "5m",
    min: 0,
    max: HOUR_MS,
  }),
  topics,
};

/** What the code reads. */
export type KafkaOutputConfig = Config<typeof config>;

/** How deleted rows are written. */
export type Deletes = NonNullable<KafkaOutputConfig["deletes"]>;

/** Mistakes that no single key can see. */
export function* check(values: KafkaOutputConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  if (values.connectionString !== undefined) yield* checkEventHubs(values);
  const { topic, topicPrefix, serialization, value, topics } = withEventHubs(
    values,
  );
  if ((topic === undefined) === (topicPrefix === undefined)) {
    yield {
      path: "config.topic",
      message: topic === undefined
        ? "topic or topic_prefix is required"
        : "topic and topic_prefix exclude each other",
      hint: 'for example topic_prefix = "shop", or topic = "{metadata.table}"',
    };
  }
  if (topics.tables.length > 0 && topicPrefix === undefined) {
    yield {
      path: "config.topics.tables",
      message: "topics { tables } needs topic_prefix, which names their topics",
      hint: "or list the topics in topics { names }",
    };
  }
  if (values.transactionalId !== undefined && !values.transactions) {
    yield {
      path: "config.transactional_id",
      message: "transactional_id needs transactions = true",
    };
  }
  if (serialization !== "json" && value !== "data") {
    yield {
      path: "config.value",
      message: `serialization = "${serialization}" writes the data alone`,
    };
  }
  yield* checkRegistry(values.schemaRegistry);
  if (isRowFormat(serialization) && values.schemaRegistry === undefined) {
    yield {
      path: "config.schema_registry",
      message:
        `serialization = "${serialization}" needs a block schema_registry`,
    };
  }
  yield* checkTemplates({
    topic,
    key: values.key,
    ...Object.fromEntries(
      Object.entries(values.headers)
        .map(([name, text]) => [`headers.${name}`, text]),
    ),
  });
}

function* checkEventHubs(
  { compression, createTopics, topics }: KafkaOutputConfig,
): Generator<ConfigProblem> {
  if (!EVENT_HUBS_COMPRESSIONS.includes(compression)) {
    yield {
      path: "config.compression",
      message: `Event Hubs takes no ${compression}`,
      hint: 'compression = "gzip", in its Premium and Dedicated tiers',
    };
  }
  const { names, tables } = topics;
  if (createTopics || names.length > 0 || tables.length > 0) {
    yield {
      path: createTopics ? "config.create_topics" : "config.topics",
      message: "event hubs are not made over the Kafka protocol",
      hint: "make them in the portal, or by az eventhubs eventhub create",
    };
  }
}

/** The event hub that `connection_string` is for, and what Event Hubs can take. */
export function withEventHubs(values: KafkaOutputConfig): KafkaOutputConfig {
  const { connectionString = "", topic, topicPrefix } = values;
  const hubs = parseConnectionString(connectionString);
  if (hubs === undefined) return values;
  const { requestBytes, batchBytes } = values;
  return {
    ...values,
    topic: topic ?? (topicPrefix === undefined ? hubs.entity : undefined),
    requestBytes: Math.min(requestBytes, EVENT_HUBS_REQUEST_BYTES),
    batchBytes: Math.min(batchBytes, EVENT_HUBS_BATCH_BYTES),
  };
}

/** As configured, or what goes with the value. */
export function deletesOf({ deletes, value }: KafkaOutputConfig): Deletes {
  if (deletes !== undefined) return deletes;
  switch (value) {
    case "data":
      return "tombstone";
    case "envelope":
      return "record";
    case "debezium":
      return "both";
  }
}
