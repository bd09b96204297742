/**
 * `publisher { … }` → a task: the ingest queue to the topics of the tables.
 *
 * @module
 */

import type { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import type { ProviderBlock, Task } from "../../core/config/task.ts";
import { ConfigBuilder } from "./config_builder.ts";
import { SourceBlock } from "./source_block.ts";
import { takeConfig, takeConnection } from "./ingester_task.ts";
import type { IngesterValues } from "./ingester_keys.ts";
import type { ServerProblems } from "./problems.ts";
import type { PublisherValues } from "./publisher_keys.ts";
import type { IngestedTable } from "./tables.ts";
import { providerBlock, serverTask } from "./task_parts.ts";

/** As many as the input can receive from at once. */
const MAX_SESSIONS = 200;
const USUAL_SESSIONS = 8;
/** As many as the output keeps open. */
const MAX_SENDERS = 1000;
const USUAL_SENDERS = 100;

/** Both blocks; the second may be missing. */
export interface RouterBlocks {
  readonly ingester: EvaluatedConfig;
  readonly publisher: EvaluatedConfig | undefined;
}

/** The task of `dstream router`. */
export function routerTask(
  { ingester, publisher }: RouterBlocks,
  values: IngesterValues,
  publisherValues: PublisherValues | undefined,
  tables: readonly IngestedTable[],
  problems: ServerProblems,
): Task {
  const queue = new SourceBlock(ingester).inside("queue");
  const own = publisher && new SourceBlock(publisher);
  const { source, output, restart } = publisherValues ?? {};
  // Left out, it is all in the namespace of the ingest queue.
  const from = source && own ? own.inside("source") : queue;
  const to = output && own ? own.inside("output") : queue;
  const name = source?.name === undefined ? queue : from;
  return serverTask(
    "router",
    "The ingest queue to the topics of the tables",
    inputBlock(from, name, tables, source !== undefined, problems),
    outputBlock(to, output, tables, problems),
    restart ?? values.restart,
    own ?? queue,
  );
}

function inputBlock(
  from: SourceBlock,
  named: SourceBlock,
  tables: readonly IngestedTable[],
  isOwn: boolean,
  problems: ServerProblems,
): ProviderBlock {
  const sessions = Math.min(
    Math.max(USUAL_SESSIONS, tables.length),
    MAX_SESSIONS,
  );
  const builder = takeConnection(new ConfigBuilder(from), from)
    .take(named, "name", "queue")
    .set("format", "envelope")
    // What another program put there must not stop everything behind it.
    .set("on_invalid", "dead_letter");
  if (isOwn) takeConfig(builder, from, problems);
  if (!builder.has("max_concurrent_sessions")) {
    builder.set("max_concurrent_sessions", sessions);
  }
  return providerBlock("input", "servicebus", builder.build(), from);
}

function outputBlock(
  to: SourceBlock,
  values: PublisherValues["output"],
  tables: readonly IngestedTable[],
  problems: ServerProblems,
): ProviderBlock {
  const builder = new ConfigBuilder(to);
  const isConsole = values?.type === "console";
  if (isConsole) builder.set("output_format", "json");
  else setTopics(takeConnection(builder, to), tables, values?.subscriptions);
  if (values !== undefined) takeConfig(builder, to, problems);
  else takeAddress(builder, to);
  const provider = isConsole ? "console" : "servicebus";
  return providerBlock("output", provider, builder.build(), to);
}

function setTopics(
  builder: ConfigBuilder,
  tables: readonly IngestedTable[],
  subscriptions: readonly string[] = ["sub1"],
): void {
  const senders = Math.min(Math.max(USUAL_SENDERS, tables.length), MAX_SENDERS);
  builder.set("topic", "{metadata.Destination}")
    .set("body", "envelope")
    .set("max_senders", senders)
    .set("entities", {
      topics: tables.map(({ topic }) => topic),
      subscriptions: [...subscriptions],
    });
}

/** Of the queue's further keys the one that says where the namespace is. */
function takeAddress(builder: ConfigBuilder, queue: SourceBlock): void {
  builder.take(queue.inside("config"), "admin_endpoint");
}
