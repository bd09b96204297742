/**
 * The built-in providers: the one list a new built-in joins.
 *
 * @module
 */

import type { BuiltIn } from "@dstream/sdk";

/** Every built-in, loaded only when used. */
export const builtIns: readonly BuiltIn[] = [
  {
    role: "input",
    name: "azure_blob",
    summary: "Reads the blobs of a container of Azure Blob Storage",
    load: async () => (await import("./azure_blob/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "counter",
    summary: "Emits 1, 2, 3, … at an interval, for demos and first steps",
    load: async () => (await import("./counter/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "file",
    summary: "Reads JSON Lines, CSV, TSV, text or Parquet from files",
    load: async () => (await import("./file/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "gcs",
    summary: "Reads the objects of a bucket of Google Cloud Storage",
    load: async () => (await import("./gcs/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "generate",
    summary:
      "Makes up envelopes of any size and number, for tests and benchmarks",
    load: async () => (await import("./generate/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "http",
    summary: "Takes webhooks, answered when they are delivered",
    load: async () => (await import("./http/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "kafka",
    summary: "Reads topics of Apache Kafka, as a member of a consumer group",
    load: async () => (await import("./kafka/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "mssql",
    summary: "Reads the changes of SQL Server tables (change data capture)",
    load: async () => (await import("./mssql/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "postgres",
    summary:
      "Reads the rows and changes of Postgres tables (logical replication)",
    load: async () => (await import("./postgres/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "rest",
    summary: "Reads records from REST APIs, page by page, as they change",
    load: async () => (await import("./rest/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "s3",
    summary: "Reads the objects of a bucket of S3, or of what speaks like it",
    load: async () => (await import("./s3/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "servicebus",
    summary: "Receives from queues and subscriptions of Azure Service Bus",
    load: async () => (await import("./servicebus/input/mod.ts")).default,
  },
  {
    role: "input",
    name: "singer",
    summary: "Reads from any Singer tap",
    load: async () => (await import("./singer/input/mod.ts")).default,
  },
  {
    role: "output",
    name: "azure_blob",
    summary: "Writes files to a container of Azure Blob Storage",
    load: async () => (await import("./azure_blob/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "console",
    summary: "Prints envelopes on the terminal",
    load: async () => (await import("./console/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "eventhubs",
    summary: "Sends envelopes to an event hub of Azure Event Hubs",
    load: async () => (await import("./eventhubs/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "file",
    summary: "Writes JSON Lines, envelopes, CSV, TSV or Parquet to files",
    load: async () => (await import("./file/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "gcs",
    summary: "Writes files to a bucket of Google Cloud Storage",
    load: async () => (await import("./gcs/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "http",
    summary: "Sends envelopes to APIs and webhooks, one by one or in batches",
    load: async () => (await import("./http/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "kafka",
    summary: "Sends envelopes to topics of Apache Kafka",
    load: async () => (await import("./kafka/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "mssql",
    summary: "Keeps changes as the tables of a SQL Server database",
    load: async () => (await import("./mssql/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "mysql",
    summary: "Keeps changes as the tables of a MySQL or MariaDB database",
    load: async () => (await import("./mysql/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "null",
    summary: "Takes everything and keeps nothing, for tests and benchmarks",
    load: async () => (await import("./null/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "postgres",
    summary: "Keeps changes as the tables of a Postgres database",
    load: async () => (await import("./postgres/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "s3",
    summary: "Writes files to a bucket of S3, or of what speaks like it",
    load: async () => (await import("./s3/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "servicebus",
    summary: "Sends envelopes to queues and topics of Azure Service Bus",
    load: async () => (await import("./servicebus/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "singer",
    summary: "Writes to any Singer target",
    load: async () => (await import("./singer/output/mod.ts")).default,
  },
  {
    role: "output",
    name: "sqlite",
    summary: "Keeps changes as the tables of a SQLite file",
    load: async () => (await import("./sqlite/output/mod.ts")).default,
  },
];
