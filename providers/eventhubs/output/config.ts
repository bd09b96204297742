/**
 * The keys of `output { provider = "eventhubs" config { … } }`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  type ConfigProblem,
  duration,
  integer,
  map,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import { checkConnection, connectionFields } from "../../azure/mod.ts";

const KIB = 1024;

/** The keys, for the parser, the types and the reference page. */
export const config = {
  ...connectionFields,
  eventHub: string({
    doc: "The event hub; left out where the connection string names it " +
      "(EntityPath)",
    optional: true,
    example: "orders",
  }),
  partitionKey: string({
    doc:
      "An expression: events with one key stay together, in order. Without " +
      "it events are spread over the partitions",
    optional: true,
    example: "{metadata.table}",
  }),
  body: oneOf(["data", "envelope"], {
    doc:
      "The event's body: the envelope's data, or all of the envelope as JSON",
    default: "data",
  }),
  messageId: string({
    doc: "The event's message id, an expression. Left out: its place in the " +
      "database's log, or a hash of the envelope",
    optional: true,
    example: "{data.id}",
  }),
  contentType: string({
    doc: "The content type",
    default: "application/json",
  }),
  applicationProperties: map(string({ doc: "A text or an expression" }), {
    doc: "Properties by name; they win over those of metadata",
    optional: true,
    example: { region: "{data.region}" },
  }),
  metadataProperties: boolean({
    doc: "Texts, numbers and booleans of the metadata become properties",
    default: true,
  }),
  oversize: oneOf(["fail", "dead_letter"], {
    doc: "An event that is too large: the task fails, or it goes to the " +
      "task's dead letters",
    default: "fail",
  }),
  maxBatchBytes: size({
    doc: "The largest batch; smaller where the service says so",
    default: "1MiB",
    min: KIB,
    max: 20 * KIB * KIB,
  }),
  maxConcurrentSends: integer({
    doc: "Sends at once, of different partition keys",
    default: 8,
    min: 1,
    max: 100,
  }),
  retryTimeout: duration({
    doc: "How long a throttled or broken send is tried again before the " +
      "provider gives up and is started anew",
    default: "5m",
    min: 0,
    max: 3_600_000,
  }),
};

/** What the code reads. */
export type EventHubsConfig = Config<typeof config>;

/** Mistakes that no single key can see. */
export function* check(values: EventHubsConfig): Generator<ConfigProblem> {
  yield* checkConnection(values);
  const { connectionString, eventHub } = values;
  const isNamed = /(^|;)\s*EntityPath=/i.test(connectionString ?? "");
  if (eventHub === undefined && !isNamed) {
    yield {
      path: "config.event_hub",
      message: "event_hub is required unless connection_string names it",
    };
  }
  yield* checkTemplates({
    partition_key: values.partitionKey,
    message_id: values.messageId,
    content_type: values.contentType,
    ...Object.fromEntries(
      Object.entries(values.applicationProperties ?? {})
        .map(([name, text]) => [`application_properties.${name}`, text]),
    ),
  });
}
