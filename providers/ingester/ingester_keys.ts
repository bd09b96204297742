/**
 * The keys of the root block `ingester`.
 *
 * @module
 */

import {
  boolean,
  type Config,
  duration,
  integer,
  list,
  object,
  oneOf,
  secret,
  string,
} from "../../core/sdk/config/mod.ts";
import { keysOf } from "./anything.ts";
import { connectionKeys, restartKey } from "./shared_keys.ts";

const intervalKeys = {
  pollInterval: duration({
    doc: "Pause between two looks for changes; doubles while there are none",
    optional: true,
    min: 10,
  }),
  maxPollInterval: duration({
    doc: "The longest such pause",
    optional: true,
    min: 10,
  }),
};

const columns = (doc: string) =>
  list(string({ doc: "A column's name" }), { doc, optional: true });

const queue = object({
  type: oneOf(
    [
      ...["servicebus", "azure_service_bus"] as const,
      ...["eventhub", "eventhubs", "azure_event_hub"] as const,
      "console",
    ],
    { doc: "Where changes go first: a queue, an event hub, or the console" },
  ),
  name: string({
    doc: "The ingest queue or event hub",
    optional: true,
    example: "ingest-queue",
  }),
  ...connectionKeys,
  sessions: boolean({
    doc:
      "servicebus: whether the queue is made with sessions, by which order " +
      "per table is kept",
    default: true,
  }),
  maxDeliveryCount: integer({
    doc: "servicebus: deliveries until a message becomes a dead letter",
    default: 1000,
    min: 1,
    max: 2000,
  }),
  config: keysOf("output"),
}, {
  doc: "The queue between ingester and router",
  example: { type: "servicebus", name: "ingest-queue" },
});

const locks = object({
  type: oneOf(["azure_blob", "azure_blob_db", "sql", "none"], {
    doc: "How several ingesters share the tables",
    default: "none",
  }),
  connectionString: secret({
    doc: "azure_blob: the storage account",
    optional: true,
  }),
  containerName: string({
    doc: "azure_blob: the container, made when it is missing",
    optional: true,
    example: "locks",
  }),
  accountUrl: string({
    doc: "azure_blob: the account's address, with an identity",
    optional: true,
    example: "https://account.blob.core.windows.net",
  }),
  lockNames: oneOf(["database", "upstream"], {
    doc: "What a lock is called",
    optional: true,
    example: "upstream",
  }),
}, { doc: "How several ingesters share the tables", optional: true });

const override = object({
  tableName: string({ doc: "The table, as in tables" }),
  ...intervalKeys,
  include: columns("The columns to read; left out, all that are captured"),
  exclude: columns("Columns that are never read"),
  mask: columns('Columns whose values are replaced by "***"'),
}, { doc: "What differs for one table" });

/** The keys, for the checker and the mapping. */
export const ingesterKeys = {
  dbType: oneOf(["sqlserver", "mssql"], {
    doc: "The kind of database",
    default: "sqlserver",
  }),
  dbConnectionString: secret({ doc: "The database" }),
  pollIntervalDefaults: object(intervalKeys, {
    doc: "How often tables are looked at",
    optional: true,
  }),
  queue,
  locks,
  tables: list(string({ doc: "A table, or schema.table" }), {
    doc: "The tables to read; a name without a schema is in dbo",
    minItems: 1,
    example: ["Persons", "sales.Orders"],
  }),
  tablesOverrides: object({
    overrides: list(override, { doc: "One for each table that differs" }),
  }, { doc: "What differs for single tables", optional: true }),
  restart: restartKey,
  config: keysOf("mssql input"),
};

/** What the mapping reads. */
export type IngesterValues = Config<typeof ingesterKeys>;
