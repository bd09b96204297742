/**
 * `ingester { … }` → a task: SQL Server's changes to the ingest queue.
 *
 * @module
 */

import type { EvaluatedConfig } from "../../core/config/load/config_tree.ts";
import type { ProviderBlock, Task } from "../../core/config/task.ts";
import { ConfigBuilder, type Literal } from "./config_builder.ts";
import { SourceBlock } from "./source_block.ts";
import type { IngesterValues } from "./ingester_keys.ts";
import type { ServerProblems } from "./problems.ts";
import type { IngestedTable } from "./tables.ts";
import { providerBlock, serverTask } from "./task_parts.ts";

/** What the queue's `type` means. */
export type QueueKind = "servicebus" | "eventhubs" | "console";

/** Upstream's words, and ours. */
export function queueKindOf({ queue }: IngesterValues): QueueKind {
  if (queue.type === "console") return "console";
  return /hub/.test(queue.type) ? "eventhubs" : "servicebus";
}

/** The task of `dstream ingester`. */
export function ingesterTask(
  tree: EvaluatedConfig,
  values: IngesterValues,
  tables: readonly IngestedTable[],
  problems: ServerProblems,
): Task {
  const block = new SourceBlock(tree);
  return serverTask(
    "ingester",
    "Changes of SQL Server to the ingest queue",
    inputBlock(block, values, tables, problems),
    outputBlock(block.inside("queue"), values, problems),
    values.restart,
    block,
  );
}

function inputBlock(
  block: SourceBlock,
  { queue, tablesOverrides }: IngesterValues,
  tables: readonly IngestedTable[],
  problems: ServerProblems,
): ProviderBlock {
  const defaults = block.inside("poll_interval_defaults");
  const builder = new ConfigBuilder(block)
    .take(block, "db_connection_string")
    .take(block, "tables")
    .take(defaults, "poll_interval")
    .take(defaults, "max_poll_interval")
    .take(block, "locks", "lock_config")
    .set("table_settings", tables.map(settingsOf))
    .set("metadata_style", "upstream");
  if (queue.name !== undefined) {
    builder.set("metadata", { IngestQueue: queue.name });
  }
  if (tablesOverrides !== undefined) builder.set("columns", columnsOf(tables));
  takeConfig(builder, block, problems, ["envelope"]);
  return providerBlock("input", "mssql", builder.build(), block);
}

/** What differs for a table, and where its changes go in the end. */
function settingsOf({ table, topic, override }: IngestedTable): Literal {
  return {
    table,
    poll_interval: override?.value("poll_interval"),
    max_poll_interval: override?.value("max_poll_interval"),
    metadata: { Destination: topic },
  };
}

/** Nothing for tables whose columns are all read as they are. */
function columnsOf(tables: readonly IngestedTable[]): Literal | undefined {
  const chosen = tables.flatMap(({ table, override }) => {
    const keys = ["include", "exclude", "mask"].flatMap((key) => {
      const value = override?.value(key);
      return value === undefined ? [] : [[key, value] as const];
    });
    return keys.length === 0 ? [] : [[table, Object.fromEntries(keys)]];
  });
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen);
}

function outputBlock(
  queue: SourceBlock,
  values: IngesterValues,
  problems: ServerProblems,
): ProviderBlock {
  const kind = queueKindOf(values);
  const builder = new ConfigBuilder(queue);
  if (kind === "console") builder.set("output_format", "json");
  else takeConnection(builder, queue).set("body", "envelope");
  if (kind === "servicebus") setQueue(builder, queue, values, problems);
  if (kind === "eventhubs") {
    builder.take(queue, "name", "event_hub")
      .set("partition_key", "{metadata.TableName}");
  }
  takeConfig(builder, queue, problems);
  return providerBlock("output", kind, builder.build(), queue);
}

function setQueue(
  builder: ConfigBuilder,
  block: SourceBlock,
  { queue }: IngesterValues,
  problems: ServerProblems,
): void {
  if (queue.name === undefined) {
    const message = 'the "queue" block needs "name"';
    problems.report(block.at, message, undefined, "config.key_missing");
  }
  builder.take(block, "name", "queue")
    .set("session_id", "{metadata.TableName}")
    .set("entities", {
      sessions: queue.sessions,
      max_delivery_count: queue.maxDeliveryCount,
    });
}

/** How the namespace lets in. */
export function takeConnection(
  builder: ConfigBuilder,
  from: SourceBlock,
): ConfigBuilder {
  return builder.take(from, "connection_string")
    .take(from, "namespace")
    .take(from, "client_id");
}

/** Further keys of the provider. @param forbidden Those that would break the way. */
export function takeConfig(
  builder: ConfigBuilder,
  block: SourceBlock,
  problems: ServerProblems,
  forbidden: readonly string[] = [],
): void {
  const config = block.inside("config");
  const double = builder.takeAll(config);
  problems.taken(config, double, "the block around it says it");
  const wrong = config.keys().filter((key) => forbidden.includes(key));
  problems.taken(config, wrong, "the router needs one envelope per change");
}
