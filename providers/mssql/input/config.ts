/**
 * The keys of `input { provider = "mssql" config { … } }`: upstream's, with the
 * older ways to write some of them, and ours.
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
  secret,
  size,
  string,
} from "@dstream/sdk";
import { CHANGE_KEYS } from "@dstream/sdk/changes";
import {
  ConnectionStringError,
  parseConnectionString,
} from "./connection/connection_string.ts";
import { parseTablePattern } from "./tables/table_names.ts";

const LOCK_TYPES = ["azure_blob", "azure_blob_db", "sql", "none"] as const;

const lockFields = {
  type: oneOf(LOCK_TYPES, {
    doc:
      "Where the locks are: leases of blobs, locks of the database itself, " +
      "or nowhere (then one instance alone may run); azure_blob_db is an older " +
      "name of azure_blob",
    default: "none",
  }),
  connectionString: secret({
    doc: "azure_blob: the storage account",
    optional: true,
  }),
  containerName: string({
    doc: "azure_blob: the container, made when it is missing",
    default: "locks",
  }),
  accountUrl: string({
    doc: "azure_blob: the account's address instead of a connection string; " +
      "the login is then Entra ID's",
    optional: true,
    example: "https://account.blob.core.windows.net",
  }),
  lockNames: oneOf(["database", "upstream"], {
    doc:
      "What a lock is called: <server>/<database>/<table>.lock, or upstream's " +
      "<server>/<table>.lock, which two databases of one server share",
    default: "database",
  }),
};

const columnsOf = (what: string) =>
  list(string({ doc: "A column's name" }), { doc: what, optional: true });

/** The keys, for the parser, the types and the reference page. */
export const config = {
  dbConnectionString: secret({
    aliases: ["connection_string"],
    doc: "SQL Server: Server=…;Database=…;User ID=…;Password=…, or a " +
      "sqlserver:// URL; docs/sqlserver.md has every keyword",
    example: "Server=db.example.com;Database=shop;User ID=dstream;Password=…",
  }),
  tables: list(
    string({ doc: "A table, schema.table, or a pattern with *" }),
    {
      doc:
        "The tables to read; a name without a schema is in dbo, and * stands " +
        "for any characters",
      minItems: 1,
      example: ["dbo.orders", "sales.*"],
    },
  ),
  pollInterval: duration({
    aliases: ["pollingInterval"],
    doc: "Pause between two looks for changes; doubles while there are none",
    default: "5s",
    min: 10,
    max: 86_400_000,
  }),
  maxPollInterval: duration({
    doc: "The longest such pause",
    default: "1m",
    min: 10,
    max: 86_400_000,
  }),
  lockConfig: object(lockFields, {
    aliases: ["lock", "locks"],
    doc: "How several instances share the tables",
    default: {},
  }),
  snapshot: oneOf(["never", "initial", "when_needed"], {
    doc: "Whether a table's rows are read before its changes: never, when " +
      "nothing of it was read yet, or also after a gap",
    default: "never",
  }),
  onGap: oneOf(["fail", "snapshot", "continue"], {
    doc:
      "What to do when changes were cleaned up before they were read: stop " +
      "that table, read all its rows anew, or go on behind the gap with an " +
      "event that says so",
    default: "fail",
  }),
  start: oneOf(["earliest", "latest"], {
    doc: "Where a table is begun of which nothing was read yet",
    default: "earliest",
  }),
  follow: boolean({
    doc:
      "Whether to go on when all that was captured is read; false ends there, " +
      "for runs by a schedule",
    default: true,
  }),
  values: oneOf(["typed", "string"], {
    doc:
      "How values are written: as JSON types, or all as strings, as upstream",
    default: "typed",
  }),
  decimals: oneOf(["string", "number"], {
    doc:
      "decimal, numeric and money as strings, or as numbers where 15 digits " +
      "are enough (and as strings beyond)",
    default: "string",
  }),
  metadataStyle: oneOf(["dstream", "upstream"], {
    doc:
      "How metadata is written: as every input writes changes (table, operation, " +
      "key, position, …), with schema records; or as upstream (TableName, LSN, " +
      "OperationType, …), with Schema envelopes",
    default: "dstream",
  }),
  envelope: oneOf(["change", "batch"], {
    doc:
      "One envelope for each change, or one for each batch of a table, which " +
      "is a form of upstream's whatever metadata_style says",
    default: "change",
  }),
  beforeImage: boolean({
    doc: "Whether updates carry the row as it was, in metadata.before (of " +
      "upstream's style: Before)",
    default: false,
  }),
  commitTime: boolean({
    doc:
      "Whether changes carry the time of their commit, in metadata.timestamp " +
      "(of upstream's style: CommitTime)",
    default: false,
  }),
  columns: map(
    object({
      include: columnsOf(
        "The columns to read; left out, all that are captured",
      ),
      exclude: columnsOf("Columns that are never read"),
      mask: columnsOf('Columns whose values are replaced by "***"'),
    }, { doc: "Columns of one table" }),
    {
      doc: "Which columns are read, by table",
      optional: true,
      example: { "dbo.customers": { exclude: ["photo"], mask: ["email"] } },
    },
  ),
  tableSettings: list(
    object({
      table: string({ doc: "The table or pattern this is for" }),
      pollInterval: duration({ doc: "As above", optional: true, min: 10 }),
      maxPollInterval: duration({ doc: "As above", optional: true, min: 10 }),
      metadata: map(string({ doc: "A value" }), {
        doc: "Added to the metadata of every envelope of this table",
        optional: true,
      }),
    }, { doc: "What differs for one table" }),
    {
      doc: "What differs for single tables; the first that fits counts",
      optional: true,
      example: [{ table: "audit.*", poll_interval: "1m" }],
    },
  ),
  metadata: map(string({ doc: "A value" }), {
    doc: "Added to the metadata of every envelope",
    optional: true,
    example: { shop: "north" },
  }),
  consumer: string({
    doc: "A name for this reader, so that several may read the same tables, " +
      "each with its own offsets",
    optional: true,
    pattern: {
      regexp: /^[\w.-]{1,64}$/,
      says: "must have letters, digits, _ . or - alone, 64 at most",
    },
    example: "warehouse",
  }),
  offsetsTable: string({
    doc: "The table in the source database that keeps how far was read",
    default: "cdc_offsets",
  }),
  readOnly: boolean({
    doc:
      "Read from a readable secondary (ApplicationIntent=ReadOnly); offsets " +
      "and locks use a second connection to the primary",
    default: false,
  }),
  offsetsConnectionString: secret({
    doc:
      "read_only: the connection for offsets and locks, when the first one " +
      "without the intent doesn't reach the primary",
    optional: true,
    example: "Server=primary.example.com;Database=shop;User ID=dstream;…",
  }),
  maxConnections: integer({
    doc: "How many tables are read at the same time",
    default: 8,
    min: 1,
    max: 100,
    unit: "connections",
  }),
  batchSize: integer({
    doc: "As batch { max_rows }",
    optional: true,
    min: 2,
    max: 1_000_000,
    example: 1000,
  }),
  batch: object({
    minRows: integer({
      doc: "No fewer rows are asked for, unless they weigh more than max_bytes",
      default: 50,
      min: 2,
      max: 1_000_000,
    }),
    maxRows: integer({
      doc: "No more rows are asked for",
      default: 10_000,
      min: 2,
      max: 1_000_000,
    }),
    maxBytes: size({
      doc: "About how large a batch is meant to be",
      default: "4MiB",
      min: 1024,
      max: 268_435_456,
    }),
    messageBytes: size({
      doc: 'envelope = "batch": the largest message the destination takes',
      default: "1MiB",
      min: 1024,
      max: 16_777_216,
    }),
    maxQueryTime: duration({
      doc: "A query that took longer makes the next batch smaller",
      default: "5s",
      min: 100,
    }),
  }, { doc: "Bounds of one reading", default: {} }),
  polling: object({
    interval: duration({ doc: "As poll_interval", optional: true, min: 10 }),
    maxInterval: duration({
      doc: "As max_poll_interval",
      optional: true,
      min: 10,
    }),
  }, {
    doc: "An older way to write poll_interval and max_poll_interval",
    optional: true,
    example: { interval: "5s", max_interval: "1m" },
  }),
  ingestQueue: map(secret({ doc: "Anything", minLength: 0 }), {
    doc: "Of older configurations; has no effect: the output says where " +
      "changes go",
    optional: true,
    example: {},
  }),
  dbType: string({
    doc: "Of older configurations; sqlserver or nothing",
    optional: true,
    example: "sqlserver",
  }),
};

/** What the parser yields. */
export type RawConfig = Config<typeof config>;

/** What the code reads: the older ways to write things are folded in. */
export type MssqlConfig = Omit<RawConfig, "polling" | "ingestQueue" | "dbType">;

/** Folds the older keys into the newer ones. */
export function normalise(raw: RawConfig): MssqlConfig {
  const { polling, ingestQueue: _queue, dbType: _type, ...values } = raw;
  const pollInterval = polling?.interval ?? values.pollInterval;
  const maxPollInterval = polling?.maxInterval ?? values.maxPollInterval;
  return {
    ...values,
    pollInterval,
    maxPollInterval: Math.max(pollInterval, maxPollInterval),
  };
}

/** Whether envelopes are upstream's, word for word. */
export function hasUpstreamForm(
  { metadataStyle, envelope }: Pick<RawConfig, "metadataStyle" | "envelope">,
): boolean {
  return metadataStyle === "upstream" || envelope === "batch";
}

/** Mistakes that no single key can see. */
export function* check(values: RawConfig): Generator<ConfigProblem> {
  yield* checkMetadata(values);
  yield* checkConnection("db_connection_string", values.dbConnectionString);
  yield* checkConnection(
    "offsets_connection_string",
    values.offsetsConnectionString,
  );
  yield* checkTables(values);
  yield* checkLock(values);
  const { batch, dbType } = values;
  if (batch.minRows > batch.maxRows) {
    yield {
      path: "config.batch.min_rows",
      message: "batch.min_rows must not be larger than batch.max_rows",
    };
  }
  if (dbType !== undefined && !/^(sqlserver|mssql)$/i.test(dbType)) {
    yield {
      path: "config.db_type",
      message: 'db_type must be "sqlserver", the only one this input reads',
    };
  }
}

/** A key of a change can't be another's too. */
function* checkMetadata(values: RawConfig): Generator<ConfigProblem> {
  if (hasUpstreamForm(values)) return;
  const maps = [
    ["metadata", values.metadata],
    ...(values.tableSettings ?? []).map(({ metadata }, i) =>
      [`table_settings[${i}].metadata`, metadata] as const
    ),
  ] as const;
  for (const [path, metadata] of maps) {
    const taken = CHANGE_KEYS.filter((key) => metadata?.[key] !== undefined);
    for (const key of taken) {
      yield {
        path: `config.${path}.${key}`,
        message: `${path}: "${key}" is what every change says of itself`,
        hint: 'choose another name, or metadata_style = "upstream"',
      };
    }
  }
}

function* checkConnection(
  key: string,
  text: string | undefined,
): Generator<ConfigProblem> {
  if (text === undefined) return;
  try {
    parseConnectionString(text);
  } catch (error) {
    if (!(error instanceof ConnectionStringError)) throw error;
    const { message, hint } = error;
    yield {
      path: `config.${key}`,
      message: `${key}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

function* checkTables(values: RawConfig): Generator<ConfigProblem> {
  const names = [
    ...values.tables.map((text, i) => [`tables[${i}]`, text]),
    ...Object.keys(values.columns ?? {}).map((text) => ["columns", text]),
    ...(values.tableSettings ?? []).map(({ table }, i) => [
      `table_settings[${i}].table`,
      table,
    ]),
  ];
  for (const [path, text] of names) {
    if (parseTablePattern(text) !== undefined) continue;
    yield {
      path: `config.${path}`,
      message: `${path} must be a table such as dbo.orders, got ` +
        JSON.stringify(text),
      hint: "names with dots or brackets go in brackets: [my.schema].[a table]",
    };
  }
  const { offsetsTable } = values;
  if (parseTablePattern(offsetsTable)?.isPattern !== false) {
    yield {
      path: "config.offsets_table",
      message: "offsets_table must be a table's name",
    };
  }
}

function* checkLock({ lockConfig }: RawConfig): Generator<ConfigProblem> {
  const { type, connectionString, accountUrl } = lockConfig;
  const isBlob = type.startsWith("azure_blob");
  if (isBlob && connectionString === undefined && accountUrl === undefined) {
    yield {
      path: "config.lock_config.connection_string",
      message: `lock_config.connection_string is required for "${type}"`,
      hint: "or account_url, with a login of Entra ID",
    };
  }
}
