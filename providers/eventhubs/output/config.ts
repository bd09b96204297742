/**
 * The keys of `output { provider = "eventhubs" config { … } }`.
 *
 * @module
 */

import {
  type Config,
  type ConfigProblem,
  integer,
  oneOf,
  size,
  string,
} from "@dstream/sdk";
import { checkTemplates } from "@dstream/sdk/service";
import {
  checkConnection,
  connectionFields,
  propertyTemplates,
  sendingFields,
} from "../../azure/mod.ts";

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
  ...sendingFields,
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
    ...propertyTemplates(values.applicationProperties),
  });
}
