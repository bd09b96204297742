/**
 * The keys of `input { provider = "kafka" config { … } }`.
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
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import {
  EVENT_HUBS_GROUP_CHARACTERS,
  parseConnectionString,
} from "../connection/event_hubs.ts";
import { checkConnection, connectionFields } from "../connection/fields.ts";
import { checkRegistry, registryField } from "../registry/fields.ts";
import { isRowFormat, ROW_FORMATS } from "../registry/format_names.ts";

const MIB = 1024 * 1024;
const MINUTE_MS = 60_000;

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  topics: list(string({ doc: "A topic" }), {
    doc: "The topics to read. Left out, the event hub that connection_string " +
      "is for",
    default: [],
    example: ["orders", "items"],
  }),
  topicPattern: string({
    doc:
      "Reads all topics whose whole name fits this regular expression, also " +
      "those made later",
    optional: true,
    example: "shop\\..*",
  }),
  group: string({
    aliases: ["groupId"],
    doc: "The consumer group: it remembers what was read, and processes with " +
      "one group share the partitions",
    example: "dstream-orders",
  }),
  groupProtocol: oneOf(["classic", "consumer"], {
    doc: "How a group shares out partitions: as all brokers can, or as those " +
      "from 4.0 on do, where only partitions that move stop",
    default: "classic",
  }),
  instanceId: string({
    doc: "A fixed name of this process in the group, another for each: a " +
      "restart within session_timeout moves no partitions",
    optional: true,
    example: "orders-1",
  }),
  start: string({
    doc: "Where partitions begin of which nothing is committed: earliest, " +
      "latest, or a time (RFC 3339)",
    default: "earliest",
    pattern: {
      regexp: /^(earliest|latest|\d{4}-\d\d-\d\dT.+)$/,
      says: 'must be "earliest", "latest" or a time such as ' +
        '"2026-01-02T03:04:05Z"',
    },
  }),
  startOffsets: map(integer({ doc: "An offset", min: 0 }), {
    doc: "Offsets of partitions to begin at, by topic/partition, instead of " +
      "start; they too count only where nothing is committed",
    default: {},
    example: { "orders/0": 42 },
  }),
  follow: boolean({
    doc: "Goes on with new messages; false ends behind the last there was at " +
      "the start",
    default: true,
  }),
  maxCount: integer({
    doc: "Ends after this many envelopes; 0 goes on",
    default: 0,
    min: 0,
    unit: "envelopes",
  }),
  schemaRegistry: registryField,
  format: oneOf(["json", "debezium", "text", "bytes", ...ROW_FORMATS], {
    doc:
      "What values are: JSON (of which Debezium's changes are recognised), " +
      "nothing but Debezium's changes, text, bytes (which become base64), or " +
      "nothing but what is written with a schema of schema_registry, in Avro, " +
      "JSON Schema or Protobuf",
    default: "json",
  }),
  changes: oneOf(["auto", "none"], {
    doc: "auto: Debezium's changes become changes, and a message without a " +
      "value becomes a delete; none: data is the value, as it came",
    default: "auto",
  }),
  onInvalid: oneOf(["dead_letter", "skip", "fail"], {
    doc: "A value that isn't what format says goes to the dead letters with " +
      "its place and bytes, is left out and logged, or ends the task",
    deadLetterWord: "dead_letter",
    default: "dead_letter",
  }),
  onGap: oneOf(["fail", "continue"], {
    doc: "What to do when the messages to go on with are gone: end the task, " +
      "or go on with the first there is behind an envelope that says so",
    default: "fail",
  }),
  isolation: oneOf(["read_committed", "read_uncommitted"], {
    doc: "Whether messages of transactions are read when they are committed, " +
      "or all of them",
    default: "read_committed",
  }),
  commit: oneOf(["input", "output"], {
    doc: "Who commits: this input what the destination has confirmed, or a " +
      "kafka output with transactions = true in one transaction with the " +
      "messages it writes",
    default: "input",
  }),
  sessionTimeout: duration({
    doc: "Without a heartbeat for so long, others get the partitions",
    default: "45s",
    min: 1000,
    max: 30 * MINUTE_MS,
  }),
  rebalanceTimeout: duration({
    doc:
      "How long a member may take to let go of partitions: so long it waits " +
      "for what the destination has not confirmed yet",
    default: "60s",
    min: 1000,
    max: 10 * MINUTE_MS,
  }),
  metadataMaxAge: duration({
    doc: "How often new partitions and topics are looked for",
    default: "30s",
    min: 1000,
    max: 60 * MINUTE_MS,
  }),
  fetchBuffer: size({
    doc: "How much is fetched ahead, of all partitions together",
    default: "16MiB",
    min: MIB,
    max: 1024 * MIB,
  }),
  maxMessageBytes: size({
    doc: "A larger message is invalid, and one whose envelope is more than " +
      "1 MiB larger: it must fit into the task's max_line_bytes",
    default: "15MiB",
    min: 1024,
    max: 1024 * MIB,
  }),
  retryTimeout: duration({
    doc: "How long brokers that are away are waited for before the provider " +
      "gives up and is started anew",
    default: "5m",
    min: 0,
    max: 60 * MINUTE_MS,
  }),
};

/** What the code reads. */
export type KafkaInputConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: KafkaInputConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  yield* checkRegistry(values.schemaRegistry);
  const { topics, topicPattern, start, format, changes } = withEntity(values);
  if ((topics.length === 0) === (topicPattern === undefined)) {
    yield {
      path: "config.topics",
      message: topicPattern === undefined
        ? "topics or topic_pattern is required"
        : "topics and topic_pattern exclude each other",
    };
  }
  if (topicPattern !== undefined && patternOf(topicPattern) === undefined) {
    yield {
      path: "config.topic_pattern",
      message: "topic_pattern is no regular expression",
    };
  }
  const odd = Object.keys(values.startOffsets)
    .find((name) => !/^[^/]+\/\d+$/.test(name));
  if (odd !== undefined) {
    yield {
      path: "config.start_offsets",
      message: `start_offsets has ${JSON.stringify(odd)}, which is no ` +
        "topic/partition",
      hint: 'for example { "orders/0" = 42 }',
    };
  }
  if (startTimeMs(start) === undefined && /^\d/.test(start)) {
    yield {
      path: "config.start",
      message: `start is no time: ${JSON.stringify(start)}`,
      hint: 'for example "2026-01-02T03:04:05Z"',
    };
  }
  if (
    values.connectionString !== undefined &&
    values.group.length > EVENT_HUBS_GROUP_CHARACTERS
  ) {
    yield {
      path: "config.group",
      message: `group has ${values.group.length} characters, Event Hubs ` +
        `takes ${EVENT_HUBS_GROUP_CHARACTERS}`,
    };
  }
  if (isRowFormat(format) && values.schemaRegistry === undefined) {
    yield {
      path: "config.schema_registry",
      message: `format = "${format}" needs schema_registry`,
      hint: 'schema_registry { url = "http://localhost:8081" }',
    };
  }
  if (format === "debezium" && changes === "none") {
    yield {
      path: "config.changes",
      message: 'format = "debezium" makes changes',
      hint: 'format = "json" leaves values as they are',
    };
  }
}

/** Reads the event hub that `connection_string` is for, where nothing else is said. */
export function withEntity(values: KafkaInputConfig): KafkaInputConfig {
  const { topics, topicPattern, connectionString = "" } = values;
  const entity = parseConnectionString(connectionString)?.entity;
  const isSaid = topics.length > 0 || topicPattern !== undefined;
  return isSaid || entity === undefined
    ? values
    : { ...values, topics: [entity] };
}

/** @returns undefined for what is no regular expression. */
export function patternOf(text: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    return undefined;
  }
}

/** Milliseconds since 1970; undefined where `start` is no time. */
export function startTimeMs(start: string): number | undefined {
  const time = Date.parse(start);
  return Number.isNaN(time) ? undefined : time;
}
