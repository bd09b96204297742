/**
 * Every T-SQL statement this input sends, and no other.
 *
 * Each begins with a comment that names it (`dstream: poll`), so that a
 * DBA finds it in the plan cache and a test server knows it. Texts depend on
 * names (tables, columns) alone; values are parameters. LSNs are binary(10).
 * How a column is selected is column_sql.ts.
 *
 * The permissions each needs are in docs/sqlserver.md.
 *
 * @module
 */

import {
  type CapturedColumn,
  type KeyColumn,
  keyText,
  keyValue,
  selectItem,
} from "./column_sql.ts";
import {
  type Parameter,
  quoteName,
  quotePath,
  quoteText,
  type Statement,
  statement,
} from "./sql_text.ts";

export type { Statement } from "./sql_text.ts";

// -------------------------------------------------------------- the server

/**
 * What the handshake has to know of the server and the database.
 *
 * One row: `server_name` nvarchar, `database_name` nvarchar, `major_version` int
 * (13 is 2016), `engine_edition` int (5 and 8 are Azure), `user_name` nvarchar,
 * `is_cdc_enabled` bit, `snapshot_isolation_state` tinyint (1 is on),
 * `is_read_committed_snapshot_on` bit, `updateability` nvarchar ("READ_WRITE" or
 * "READ_ONLY"), `may_select_cdc` int (1, 0, NULL where there is no such schema),
 * `offset_minutes` int (of the server's clock from UTC).
 *
 * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-databases-transact-sql
 */
export function serverState(): Statement {
  return statement(
    "server",
    `
SELECT CONVERT(nvarchar(256), SERVERPROPERTY('ServerName')) AS server_name,
  DB_NAME() AS database_name,
  CONVERT(int, SERVERPROPERTY('ProductMajorVersion')) AS major_version,
  CONVERT(int, SERVERPROPERTY('EngineEdition')) AS engine_edition,
  USER_NAME() AS user_name,
  d.is_cdc_enabled,
  d.snapshot_isolation_state,
  d.is_read_committed_snapshot_on,
  CONVERT(nvarchar(20), DATABASEPROPERTYEX(DB_NAME(), 'Updateability')) AS updateability,
  HAS_PERMS_BY_NAME(N'cdc', N'SCHEMA', N'SELECT') AS may_select_cdc,
  DATEPART(tz, SYSDATETIMEOFFSET()) AS offset_minutes
FROM sys.databases AS d
WHERE d.database_id = DB_ID()`,
  );
}

/**
 * Every table the user may see.
 *
 * Rows: `schema_name` nvarchar, `table_name` nvarchar, `object_id` int,
 * `is_tracked_by_cdc` bit, `modified_at` varchar(23) (style 121; another one than
 * before means that columns may have changed); ordered by schema and table.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-tables-transact-sql
 */
export function tables(): Statement {
  return statement(
    "tables",
    `
SELECT s.name AS schema_name, t.name AS table_name, t.object_id, t.is_tracked_by_cdc,
  CONVERT(varchar(23), t.modify_date, 121) AS modified_at
FROM sys.tables AS t
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
WHERE t.is_ms_shipped = 0 AND s.name <> N'cdc'
ORDER BY s.name, t.name`,
  );
}

/**
 * Every capture instance, also of tables the user can't see.
 *
 * Rows, oldest instance of a table first: `source_object_id` int, `schema_name`
 * and `table_name` nvarchar (NULL for a table the user can't see),
 * `capture_instance` nvarchar, `change_table_id` int, `change_table` nvarchar
 * (without the schema, which is cdc), `start_lsn` binary(10) (NULL or zero until
 * the capture job has seen it), `has_command_id` bit (whether the change table
 * has the column), `role_name` nvarchar or NULL.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-change-tables-transact-sql
 */
export function captureInstances(): Statement {
  return statement(
    "capture instances",
    `
SELECT i.source_object_id, s.name AS schema_name, t.name AS table_name,
  i.capture_instance, i.object_id AS change_table_id,
  OBJECT_NAME(i.object_id) AS change_table, i.start_lsn,
  CONVERT(bit, CASE WHEN COL_LENGTH(N'cdc.' + QUOTENAME(OBJECT_NAME(i.object_id)), N'__$command_id') IS NULL THEN 0 ELSE 1 END) AS has_command_id,
  i.role_name
FROM cdc.change_tables AS i
LEFT JOIN sys.tables AS t ON t.object_id = i.source_object_id
LEFT JOIN sys.schemas AS s ON s.schema_id = t.schema_id
ORDER BY i.source_object_id, i.create_date, i.object_id`,
  );
}

/**
 * The captured columns of every instance, in their order.
 *
 * Rows: `change_table_id` int, `column_name` nvarchar, `column_ordinal` int,
 * `type_name` nvarchar (the base type, lower case; "geography" and the like for
 * the built-in CLR types), `max_length` smallint (bytes, -1 for max),
 * `precision` tinyint, `scale` tinyint, `is_computed` bit; then the same of the
 * table's own column: `source_type`, `source_length`, `source_precision`,
 * `source_scale`. A change table keeps columns that the table has lost (these four
 * are NULL then), and has an old type until the capture job has read the change.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-captured-columns-transact-sql
 */
export function capturedColumns(): Statement {
  return statement(
    "captured columns",
    `
SELECT k.object_id AS change_table_id, k.column_name, k.column_ordinal,
  COALESCE(TYPE_NAME(CASE WHEN c.system_type_id = 240 THEN c.user_type_id ELSE c.system_type_id END), k.column_type) AS type_name,
  c.max_length, c.[precision], c.scale, k.is_computed,
  TYPE_NAME(CASE WHEN s.system_type_id = 240 THEN s.user_type_id ELSE s.system_type_id END) AS source_type,
  s.max_length AS source_length, s.[precision] AS source_precision, s.scale AS source_scale
FROM cdc.captured_columns AS k
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.name = k.column_name
JOIN cdc.change_tables AS i ON i.object_id = k.object_id
LEFT JOIN sys.columns AS s ON s.object_id = i.source_object_id AND s.column_id = k.column_id
ORDER BY k.object_id, k.column_ordinal`,
  );
}

/**
 * The columns of the unique index by which each instance knows a row.
 *
 * Rows: `change_table_id` int, `column_name` nvarchar, `index_ordinal` int,
 * `type_name`, `max_length`, `precision`, `scale` as above, `collation_name`
 * nvarchar (NULL for what isn't char or varchar); all of the table's own columns,
 * since snapshots are read by them.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-index-columns-transact-sql
 */
export function keyColumns(): Statement {
  return statement(
    "key columns",
    `
SELECT k.object_id AS change_table_id, k.column_name, k.index_ordinal,
  TYPE_NAME(c.system_type_id) AS type_name, c.max_length, c.[precision], c.scale,
  CASE WHEN TYPE_NAME(c.system_type_id) IN (N'char', N'varchar') THEN c.collation_name END AS collation_name
FROM cdc.index_columns AS k
JOIN cdc.change_tables AS i ON i.object_id = k.object_id
JOIN sys.columns AS c ON c.object_id = i.source_object_id AND c.column_id = k.column_id
ORDER BY k.object_id, k.index_ordinal`,
  );
}

/**
 * Where captured columns got another type, also in the change table.
 *
 * Rows: `change_table_id` int, `ddl_lsn` binary(10); oldest first.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-ddl-history-transact-sql
 */
export function retypings(): Statement {
  return statement(
    "retypings",
    `
SELECT h.object_id AS change_table_id, h.ddl_lsn
FROM cdc.ddl_history AS h
WHERE h.required_column_update = 1
ORDER BY h.object_id, h.ddl_lsn`,
  );
}

/**
 * The jobs of this database; fails where msdb can't be read, which is no harm.
 *
 * Rows: `job_type` nvarchar ("capture", "cleanup"), `job_name` nvarchar,
 * `is_enabled` tinyint, `is_running` int (1 or 0), `retention_minutes` bigint.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/dbo-cdc-jobs-transact-sql
 */
export function jobs(): Statement {
  return statement(
    "jobs",
    `
SELECT c.job_type, j.name AS job_name, j.enabled AS is_enabled,
  CASE WHEN a.start_execution_date IS NOT NULL AND a.stop_execution_date IS NULL THEN 1 ELSE 0 END AS is_running,
  c.retention AS retention_minutes
FROM msdb.dbo.cdc_jobs AS c
JOIN msdb.dbo.sysjobs_view AS j ON j.job_id = c.job_id
LEFT JOIN msdb.dbo.sysjobactivity AS a ON a.job_id = c.job_id
  AND a.session_id = (SELECT MAX(x.session_id) FROM msdb.dbo.syssessions AS x)
WHERE c.database_id = DB_ID()
ORDER BY c.job_type`,
  );
}

// ------------------------------------------------------------- the position

/** A table as {@link poll} asks for it. */
export interface PolledTable {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  /** Changes above this LSN are new. */
  readonly afterLsn: Uint8Array;
}

/** No more tables than this in one {@link poll} or {@link lag}. */
export const MAX_POLLED_TABLES = 200;

/**
 * What is new, for all tables at once; parameters `after0`, `after1`, ….
 *
 * First a row: `max_lsn` binary(10) (NULL before the first capture),
 * `age_seconds` bigint (how long ago the newest was committed; NULL if unknown),
 * `instance_count` int, `newest_instance` varchar(23) and `newest_ddl` binary(10)
 * (either may be NULL): when one of these three changes, the instances or columns
 * did. Then, in a second result, a row for each table in the order given: `ordinal`
 * int (from 0), `next_lsn` binary(10) (the first above `after`, at most max_lsn;
 * NULL when there is none). Then, in a third, another row for each: `ordinal`,
 * `min_lsn` binary(10).
 *
 * The minima come last: cleanup moves them before it deletes, so rows that were
 * looked for too late are known by a minimum that was read after them.
 * The maximum is read before the tables are looked at, so a table without news
 * is read up to there.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-functions/sys-fn-cdc-get-max-lsn-transact-sql
 * https://learn.microsoft.com/sql/relational-databases/system-functions/sys-fn-cdc-get-min-lsn-transact-sql
 */
export function poll(polled: readonly PolledTable[]): Statement {
  const minima = polled.map(({ captureInstance }, index) => `
SELECT ${index} AS ordinal, sys.fn_cdc_get_min_lsn(${
    quoteText(captureInstance)
  }) AS min_lsn`);
  const rows = polled.map(({ changeTable }, index) => `
SELECT ${index} AS ordinal,
  (SELECT MIN(c.[__$start_lsn]) FROM ${quotePath("cdc", changeTable)} AS c
    WHERE c.[__$start_lsn] > @after${index} AND c.[__$start_lsn] <= @max) AS next_lsn`);
  return statement(
    "poll",
    `
DECLARE @max binary(10) = sys.fn_cdc_get_max_lsn();
SELECT @max AS max_lsn,
  DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(@max), SYSDATETIME()) AS age_seconds,
  (SELECT COUNT(*) FROM cdc.change_tables) AS instance_count,
  (SELECT CONVERT(varchar(23), MAX(create_date), 121) FROM cdc.change_tables) AS newest_instance,
  (SELECT MAX(ddl_lsn) FROM cdc.ddl_history) AS newest_ddl;
${rows.join("\nUNION ALL").trim()}
ORDER BY ordinal;
${minima.join("\nUNION ALL").trim()}
ORDER BY ordinal`,
    polled.map(({ afterLsn }, index) => lsn(`after${index}`, afterLsn)),
  );
}

/** How changes are read from one change table; the same for its whole life. */
export interface ChangesShape {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  /** What is selected; computed and excluded columns are left out before. */
  readonly columns: readonly CapturedColumn[];
  /** Whether rows of operation 3 are read. */
  readonly withBeforeImage: boolean;
  /** Whether `__$update_mask` is read. */
  readonly withUpdateMask: boolean;
  /** Whether the time of the commit is read. */
  readonly withCommitTime: boolean;
}

/** Where reading goes on. */
export type ReadFrom =
  /** Everything up to this LSN is done. */
  | { readonly kind: "after"; readonly lsn: Uint8Array }
  /** Up to this change of this transaction everything is done. */
  | {
    readonly kind: "within";
    readonly lsn: Uint8Array;
    readonly commandId: number;
    readonly seqval: Uint8Array;
    readonly operation: number;
  }
  /**
   * As upstream counts: of this transaction everything below this seqval, and
   * perhaps not all that has this one, as both halves of a key's update do.
   */
  | {
    readonly kind: "within_seqval";
    readonly lsn: Uint8Array;
    readonly seqval: Uint8Array;
  };

/** One reading. */
export interface ReadRange {
  readonly from: ReadFrom;
  /** The last LSN to be read. */
  readonly untilLsn: Uint8Array;
  /** No more rows; at least 2, so that operations 3 and 4 fit. */
  readonly maxRows: number;
}

/**
 * Changes in their order (start_lsn, command_id, seqval, operation).
 *
 * Results: where `from` is within a transaction, first the rest of that one;
 * then the transactions above it, no more than `maxRows` in both; each row
 * `__$start_lsn` binary(10), `__$command_id` int, `__$seqval` binary(10),
 * `__$operation` int, `__$update_mask` varbinary(128) if asked for,
 * `__$commit_time` varchar(23) (UTC, style 121) if asked for, then the columns.
 * The last result is one row: `min_before` and `min_after` binary(10), the
 * instance's minimum before and after the rows were read.
 *
 * Parameters: `until`, `top`, `lsn`, and within a transaction `command`, `seqval`,
 * `operation`, or `seqval` alone.
 *
 * The change table is read itself, since the documented functions return no
 * `__$command_id`: its clustered index has exactly this order.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-capture-instance-ct-transact-sql
 */
export function changes(shape: ChangesShape, range: ReadRange): Statement {
  const { from, untilLsn, maxRows } = range;
  const instance = quoteText(shape.captureInstance);
  const range_ = `c.[__$start_lsn] > @lsn AND c.[__$start_lsn] <= @until`;
  const rest = from.kind === "after" ? "" : `
${selectChanges(shape, "@top", withinTransaction(from.kind))};
SET @top = @top - @@ROWCOUNT;`;
  return statement(
    from.kind === "after" ? "changes" : `changes ${from.kind}`,
    `
DECLARE @min binary(10) = sys.fn_cdc_get_min_lsn(${instance});${rest}
${selectChanges(shape, "@top", range_)};
SELECT @min AS min_before, sys.fn_cdc_get_min_lsn(${instance}) AS min_after`,
    [
      lsn("until", untilLsn),
      { name: "top", type: "int", value: maxRows },
      ...fromParameters(from),
    ],
  );
}

function selectChanges(shape: ChangesShape, top: string, where: string) {
  const extra = [
    ...(shape.withUpdateMask ? ["c.[__$update_mask]"] : []),
    ...(shape.withCommitTime ? [COMMIT_TIME] : []),
    ...shape.columns.map((column) => selectItem(column, "c")),
  ];
  const join = shape.withCommitTime
    ? `
LEFT JOIN cdc.lsn_time_mapping AS m ON m.start_lsn = c.[__$start_lsn]`
    : "";
  const operations = shape.withBeforeImage
    ? ""
    : " AND c.[__$operation] IN (1, 2, 4)";
  return `SELECT TOP (${top}) c.[__$start_lsn], c.[__$command_id], c.[__$seqval], c.[__$operation]${
    extra.map((item) => `,\n  ${item}`).join("")
  }
FROM ${quotePath("cdc", shape.changeTable)} AS c${join}
WHERE ${where}${operations}
ORDER BY c.[__$start_lsn], c.[__$command_id], c.[__$seqval], c.[__$operation]`;
}

/** The server's local time; its offset of today makes UTC of it. */
const COMMIT_TIME =
  "CONVERT(varchar(23), DATEADD(minute, -DATEPART(tz, SYSDATETIMEOFFSET()), m.tran_end_time), 121) AS [__$commit_time]";

function withinTransaction(kind: "within" | "within_seqval"): string {
  if (kind === "within_seqval") {
    return "c.[__$start_lsn] = @lsn AND c.[__$start_lsn] <= @until AND c.[__$seqval] >= @seqval";
  }
  // `>=` first, so that the index is entered at the command and not before it.
  return `c.[__$start_lsn] = @lsn AND c.[__$start_lsn] <= @until AND c.[__$command_id] >= @command
  AND (c.[__$command_id] > @command OR c.[__$seqval] > @seqval
    OR (c.[__$seqval] = @seqval AND c.[__$operation] > @operation))`;
}

function fromParameters(from: ReadFrom): Parameter[] {
  const start = lsn("lsn", from.lsn);
  if (from.kind === "after") return [start];
  const seqval = lsn("seqval", from.seqval);
  if (from.kind === "within_seqval") return [start, seqval];
  return [
    start,
    { name: "command", type: "int", value: from.commandId },
    seqval,
    { name: "operation", type: "int", value: from.operation },
  ];
}

/** A table as {@link lag} asks for it. */
export interface LaggingTable {
  readonly captureInstance: string;
  /** Without the schema. */
  readonly changeTable: string;
  readonly lsn: Uint8Array;
}

/**
 * How far behind each table is; parameters `lsn0`, `lsn1`, ….
 *
 * Rows in the order given: `ordinal` int, `min_lsn` and `max_lsn` binary(10),
 * `transactions_behind` bigint (of this table), `seconds_behind` bigint (0 with
 * nothing behind; from the commit of the oldest that is to the server's present,
 * both the server's local time), `capture_age_seconds` bigint (how long
 * ago the newest captured was committed; NULL if unknown).
 *
 * https://learn.microsoft.com/sql/relational-databases/system-tables/cdc-lsn-time-mapping-transact-sql
 */
export function lag(lagging: readonly LaggingTable[]): Statement {
  const rows = lagging.map(({ captureInstance, changeTable }, index) => `
SELECT ${index} AS ordinal, sys.fn_cdc_get_min_lsn(${
    quoteText(captureInstance)
  }) AS min_lsn,
  sys.fn_cdc_get_max_lsn() AS max_lsn,
  (SELECT COUNT_BIG(DISTINCT c.[__$start_lsn]) FROM ${
    quotePath("cdc", changeTable)
  } AS c WHERE c.[__$start_lsn] > @lsn${index}) AS transactions_behind,
  COALESCE((SELECT DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(MIN(c.[__$start_lsn])), SYSDATETIME()) FROM ${
    quotePath("cdc", changeTable)
  } AS c WHERE c.[__$start_lsn] > @lsn${index}), 0) AS seconds_behind,
  DATEDIFF_BIG(second, sys.fn_cdc_map_lsn_to_time(sys.fn_cdc_get_max_lsn()), SYSDATETIME()) AS capture_age_seconds`);
  return statement(
    "lag",
    `${rows.join("\nUNION ALL").trim()}
ORDER BY ordinal`,
    lagging.map((one, index) => lsn(`lsn${index}`, one.lsn)),
  );
}

// ------------------------------------------------------------- the snapshot

/** How a table's rows are read; the same for the whole snapshot. */
export interface SnapshotShape {
  readonly schemaName: string;
  readonly tableName: string;
  readonly columns: readonly CapturedColumn[];
  /** At least one, in the order of the index. */
  readonly key: readonly KeyColumn[];
  /** Whether snapshot isolation is on, so that no writer waits for us. */
  readonly isSnapshotIsolated: boolean;
}

/**
 * The next rows of a table by its key.
 *
 * Rows: `__$key0`, `__$key1`, … nvarchar(4000) (the key as text), then the
 * columns. Then, in a second result, a row: `modified_at` varchar(23), as in
 * {@link tables}: another one means that the rows may be cut, or their key.
 * Parameters: `top`, and after the first chunk `key0`, `key1`, … with the text of
 * the last row.
 *
 * The isolation level is the statement's own: it ends with sp_executesql.
 *
 * https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql
 */
export function snapshotChunk(
  shape: SnapshotShape,
  afterKey: readonly string[] | undefined,
  maxRows: number,
): Statement {
  const items = [
    ...shape.key.map((one, i) => `${keyText(one, "t")} AS [__$key${i}]`),
    ...shape.columns.map((column) => selectItem(column, "t")),
  ];
  const where = afterKey === undefined ? "" : `
WHERE ${afterKeyCondition(shape.key)}`;
  const order = shape.key.map(({ name }) => `t.${quoteName(name)}`).join(", ");
  const path = quotePath(shape.schemaName, shape.tableName);
  const level = shape.isSnapshotIsolated ? "SNAPSHOT" : "READ COMMITTED";
  return statement(
    afterKey === undefined ? "first chunk" : "next chunk",
    `
SET TRANSACTION ISOLATION LEVEL ${level};
SELECT TOP (@top) ${items.join(",\n  ")}
FROM ${path} AS t${where}
ORDER BY ${order};
SELECT CONVERT(varchar(23), o.modify_date, 121) AS modified_at
FROM sys.objects AS o
WHERE o.object_id = OBJECT_ID(${quoteText(path)}, N'U')`,
    [
      { name: "top", type: "int", value: maxRows },
      ...(afterKey ?? []).map((value, i): Parameter => ({
        name: `key${i}`,
        type: "nvarchar(4000)",
        value,
      })),
    ],
  );
}

/** (a, b) > (x, y), with the first column alone in front for the index. */
function afterKeyCondition(key: readonly KeyColumn[]): string {
  const column = (i: number) => `t.${quoteName(key[i].name)}`;
  const value = (i: number) => keyValue(key[i], `@key${i}`);
  const steps = key.map((_, i) => {
    const equal = key.slice(0, i).map((_, j) => `${column(j)} = ${value(j)}`);
    return [...equal, `${column(i)} > ${value(i)}`].join(" AND ");
  });
  if (steps.length === 1) return steps[0];
  const any = steps.map((step) => `(${step})`).join(" OR ");
  return `${column(0)} >= ${value(0)} AND (${any})`;
}

/**
 * About how many rows a table has. One row: `row_count` bigint or NULL.
 * Parameter: `object_id` int.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-partitions-transact-sql
 */
export function rowCount(objectId: number): Statement {
  return statement(
    "row count",
    `
SELECT SUM(p.rows) AS row_count
FROM sys.partitions AS p
WHERE p.object_id = @object_id AND p.index_id IN (0, 1)`,
    [{ name: "object_id", type: "int", value: objectId }],
  );
}

// -------------------------------------------------------------- the offsets

/** The offsets table as configured: "cdc_offsets" or "schema.table". */
export interface OffsetsTable {
  readonly schemaName?: string;
  readonly tableName: string;
}

/** What we added to upstream's columns, with their declarations. */
export const ADDED_COLUMNS: Readonly<Record<string, string>> = {
  last_command: "int NULL",
  last_operation: "int NULL",
  generation: "bigint NOT NULL DEFAULT 0",
  owner: "nvarchar(255) NULL",
  snapshot: "nvarchar(max) NULL",
};

function pathOf({ schemaName, tableName }: OffsetsTable): string {
  return quotePath(schemaName, tableName);
}

/**
 * The columns the offsets table has. Rows: `name` nvarchar; none when there is no
 * such table (or the user can't see it). Parameter: `table`, its quoted name.
 */
export function offsetsColumns(table: OffsetsTable): Statement {
  return statement(
    "offsets columns",
    `
SELECT c.name
FROM sys.columns AS c
WHERE c.object_id = OBJECT_ID(@table, N'U')
ORDER BY c.column_id`,
    [{ name: "table", type: "nvarchar(4000)", value: pathOf(table) }],
  );
}

/** Creates the offsets table. Fails with 2714 where somebody else just did. */
export function createOffsets(table: OffsetsTable): Statement {
  const added = Object.entries(ADDED_COLUMNS)
    .map(([name, type]) => `  ${quoteName(name)} ${type}`);
  return statement(
    "create offsets",
    `
CREATE TABLE ${pathOf(table)} (
  [table_name] nvarchar(255) NOT NULL PRIMARY KEY,
  [last_lsn] varbinary(10) NULL,
  [updated_at] datetime NULL DEFAULT GETDATE(),
  [last_seq] varbinary(10) NULL,
${added.join(",\n")}
)`,
  );
}

/**
 * Adds columns to upstream's table (also `last_seq`, which its oldest lacks).
 * Fails with 2705 where somebody else just did.
 */
export function extendOffsets(
  table: OffsetsTable,
  missing: readonly string[],
): Statement {
  const declared: Record<string, string> = {
    last_seq: "varbinary(10) NULL",
    ...ADDED_COLUMNS,
  };
  const columns = missing.map((name) => `${quoteName(name)} ${declared[name]}`);
  return statement(
    "extend offsets",
    `ALTER TABLE ${pathOf(table)} ADD ${columns.join(", ")}`,
  );
}

/**
 * All rows. `table_name` nvarchar, `last_lsn` varbinary(10), `last_seq`
 * varbinary(10), `updated_at` varchar(23) (style 121), `last_command` int,
 * `last_operation` int, `generation` bigint, `owner` nvarchar, `snapshot`
 * nvarchar(max); NULL for columns in `missing`. Ordered by table_name.
 */
export function readOffsets(
  table: OffsetsTable,
  missing: readonly string[] = [],
): Statement {
  const item = (name: string) =>
    missing.includes(name)
      ? `NULL AS ${quoteName(name)}`
      : `o.${quoteName(name)}`;
  return statement(
    "read offsets",
    `
SELECT o.[table_name], o.[last_lsn], ${item("last_seq")},
  CONVERT(varchar(23), o.[updated_at], 121) AS [updated_at],
  ${Object.keys(ADDED_COLUMNS).map(item).join(", ")}
FROM ${pathOf(table)} AS o
ORDER BY o.[table_name]`,
  );
}

/**
 * Takes a table's row when its lock is held: makes it, or raises its generation,
 * so that whoever read it before can't move it any more.
 * Without an owner only a row that nobody owns is taken, and stays so.
 *
 * Rows: as {@link readOffsets}, of the row as it is now; none when another owner
 * has it. Parameters: `key`, `owner`.
 *
 * HOLDLOCK, since two MERGEs may otherwise both find no row:
 * https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql
 */
export function takeOffset(
  table: OffsetsTable,
  key: string,
  owner: string | null,
): Statement {
  const result = Object.keys(ADDED_COLUMNS)
    .map((name) => `inserted.${quoteName(name)}`);
  return statement(
    "take offset",
    `
MERGE ${pathOf(table)} WITH (HOLDLOCK) AS o
USING (SELECT @key AS [table_name]) AS n ON o.[table_name] = n.[table_name]
WHEN MATCHED AND (o.[owner] IS NULL OR o.[owner] = @owner) THEN
  UPDATE SET [generation] = o.[generation] + 1, [owner] = @owner
WHEN NOT MATCHED BY TARGET THEN
  INSERT ([table_name], [last_lsn], [updated_at], [generation], [owner])
  VALUES (n.[table_name], 0x00000000000000000000, GETDATE(), 1, @owner)
OUTPUT inserted.[table_name], inserted.[last_lsn], inserted.[last_seq],
  CONVERT(varchar(23), inserted.[updated_at], 121) AS [updated_at],
  ${result.join(", ")};`,
    [
      { name: "key", type: "nvarchar(4000)", value: key },
      { name: "owner", type: "nvarchar(4000)", value: owner },
    ],
  );
}

/** What {@link moveOffsets} writes for one table. */
export interface NewOffset {
  readonly key: string;
  /** The generation that {@link takeOffset} returned. */
  readonly generation: bigint;
  readonly lsn: Uint8Array;
  /** These three are null together: the transaction is done. */
  readonly seqval: Uint8Array | null;
  readonly commandId: number | null;
  readonly operation: number | null;
  /** JSON while a snapshot is under way. */
  readonly snapshot: string | null;
}

/** No more rows than this in one {@link moveOffsets}: 7 parameters each. */
export const MAX_MOVED_OFFSETS = 200;

/**
 * Moves the offsets of all tables of a flush. Rows: `table_name` of each that was
 * moved; one that is missing has been taken by another reader since. Parameters:
 * `key0`, `generation0`, `lsn0`, `seqval0`, `command0`, `operation0`, `snapshot0`,
 * `key1`, ….
 */
export function moveOffsets(
  table: OffsetsTable,
  offsets: readonly NewOffset[],
): Statement {
  const rows = offsets.map((_, i) =>
    `(@key${i}, @generation${i}, @lsn${i}, @seqval${i}, @command${i}, @operation${i}, @snapshot${i})`
  );
  return statement(
    "move offsets",
    `
MERGE ${pathOf(table)} WITH (HOLDLOCK) AS o
USING (VALUES ${rows.join(",\n  ")}
) AS n ([table_name], [generation], [last_lsn], [last_seq], [last_command], [last_operation], [snapshot])
ON o.[table_name] = n.[table_name]
WHEN MATCHED AND o.[generation] = n.[generation] THEN
  UPDATE SET [last_lsn] = n.[last_lsn], [last_seq] = n.[last_seq],
    [last_command] = n.[last_command], [last_operation] = n.[last_operation],
    [snapshot] = n.[snapshot], [updated_at] = GETDATE()
OUTPUT inserted.[table_name];`,
    offsets.flatMap(offsetParameters),
  );
}

function offsetParameters(offset: NewOffset, i: number): Parameter[] {
  return [
    { name: `key${i}`, type: "nvarchar(4000)", value: offset.key },
    { name: `generation${i}`, type: "bigint", value: offset.generation },
    lsn(`lsn${i}`, offset.lsn),
    lsn(`seqval${i}`, offset.seqval),
    { name: `command${i}`, type: "int", value: offset.commandId },
    { name: `operation${i}`, type: "int", value: offset.operation },
    { name: `snapshot${i}`, type: "nvarchar(max)", value: offset.snapshot },
  ];
}

// ---------------------------------------------------------------- the locks

/**
 * Takes a lock that lives as long as the connection, or not at all: it never
 * waits. One row: `result` int, 0 when it was given, negative when not (-1 is
 * another's). Parameter: `resource`.
 *
 * https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
 */
export function takeLock(resource: string): Statement {
  return statement(
    "take lock",
    `
DECLARE @result int;
EXEC @result = sys.sp_getapplock @Resource = @resource, @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = 0, @DbPrincipal = N'public';
SELECT @result AS result`,
    [{ name: "resource", type: "nvarchar(4000)", value: resource }],
  );
}

/** Gives it back. One row: `result` int, 0 when it was held. */
export function releaseLock(resource: string): Statement {
  return statement(
    "release lock",
    `
DECLARE @result int;
EXEC @result = sys.sp_releaseapplock @Resource = @resource, @LockOwner = N'Session', @DbPrincipal = N'public';
SELECT @result AS result`,
    [{ name: "resource", type: "nvarchar(4000)", value: resource }],
  );
}

/**
 * Whether this connection still holds the locks. Rows in the order given:
 * `ordinal` int, `mode` nvarchar ("Exclusive" or "NoLock"). Parameters:
 * `resource0`, `resource1`, ….
 *
 * https://learn.microsoft.com/sql/t-sql/functions/applock-mode-transact-sql
 */
export function heldLocks(resources: readonly string[]): Statement {
  const rows = resources.map((_, i) => `(${i}, @resource${i})`);
  return statement(
    "held locks",
    `
SELECT r.ordinal, APPLOCK_MODE(N'public', r.resource, N'Session') AS mode
FROM (VALUES ${rows.join(", ")}) AS r (ordinal, resource)
ORDER BY r.ordinal`,
    resources.map((value, i) => ({
      name: `resource${i}`,
      type: "nvarchar(4000)",
      value,
    })),
  );
}

function lsn(name: string, value: Uint8Array | null): Parameter {
  return { name, type: "binary(10)", value };
}

// -------------------------------------------------------------- the samples

function makeSamples(): Statement[] {
  const zero = new Uint8Array(10);
  const column = (name: string, typeName: string, ordinal: number) => ({
    name,
    typeName,
    ordinal,
    maxLengthBytes: 8,
    precision: 18,
    scale: 2,
    isComputed: false,
  });
  const columns = SAMPLE_TYPES.map((type, i) => column(`a ${type}`, type, i));
  const orders = {
    captureInstance: "dbo_orders's",
    changeTable: "dbo_orders_CT",
  };
  const shape = (isWith: boolean): ChangesShape => ({
    ...orders,
    columns,
    withBeforeImage: isWith,
    withUpdateMask: isWith,
    withCommitTime: isWith,
  });
  const key = KEY_TYPES.map((typeName, i): KeyColumn => ({
    name: `k${i}`,
    typeName,
    maxLengthBytes: 20,
    precision: 9,
    scale: 3,
    collation: typeName === "varchar" ? "Latin1_General_CI_AS" : null,
  }));
  const within: ReadFrom = {
    kind: "within",
    lsn: zero,
    commandId: 3,
    seqval: zero,
    operation: 2,
  };
  const ranges: ReadFrom[] = [
    { kind: "after", lsn: zero },
    within,
    { kind: "within_seqval", lsn: zero, seqval: zero },
  ];
  const snapshot = { schemaName: "dbo", tableName: "orders", columns };
  const offsets = { schemaName: "ops", tableName: "cdc_offsets" };
  const moved: NewOffset = {
    key: "dbo.orders",
    generation: 1n,
    lsn: zero,
    seqval: null,
    commandId: null,
    operation: null,
    snapshot: null,
  };
  return [
    serverState(),
    tables(),
    captureInstances(),
    capturedColumns(),
    keyColumns(),
    retypings(),
    jobs(),
    rowCount(1),
    poll([{ ...orders, afterLsn: zero }]),
    poll([{ ...orders, afterLsn: zero }, { ...orders, afterLsn: zero }]),
    ...ranges.flatMap((from) =>
      [false, true].map((isWith) =>
        changes(shape(isWith), { from, untilLsn: zero, maxRows: 2 })
      )
    ),
    lag([{ ...orders, lsn: zero }, { ...orders, lsn: zero }]),
    ...[key, key.slice(0, 1)].flatMap((key, i) => {
      const one = { ...snapshot, key, isSnapshotIsolated: i === 0 };
      return [
        snapshotChunk(one, undefined, 100),
        snapshotChunk(one, key.map(String), 100),
      ];
    }),
    offsetsColumns(offsets),
    createOffsets(offsets),
    createOffsets({ tableName: "cdc_offsets" }),
    extendOffsets(offsets, ["last_seq", ...Object.keys(ADDED_COLUMNS)]),
    readOffsets(offsets),
    readOffsets(offsets, ["last_seq", ...Object.keys(ADDED_COLUMNS)]),
    takeOffset(offsets, "dbo.orders", "orders"),
    moveOffsets(offsets, [moved, moved]),
    takeLock("host/orders.lock"),
    releaseLock("host/orders.lock"),
    heldLocks(["a", "b"]),
  ];
}

const SAMPLE_TYPES = [
  "bit",
  "tinyint",
  "smallint",
  "int",
  "bigint",
  "decimal",
  "numeric",
  "money",
  "smallmoney",
  "float",
  "real",
  "date",
  "time",
  "datetime",
  "smalldatetime",
  "datetime2",
  "datetimeoffset",
  "uniqueidentifier",
  "char",
  "varchar",
  "text",
  "nchar",
  "nvarchar",
  "ntext",
  "xml",
  "json",
  "binary",
  "varbinary",
  "image",
  "timestamp",
  "sql_variant",
  "hierarchyid",
  "geography",
  "geometry",
] as const;

const KEY_TYPES = [
  "int",
  "varchar",
  "nvarchar",
  "decimal",
  "datetime2",
  "binary",
  "uniqueidentifier",
  "money",
  "float",
  "timestamp",
] as const;

/** One of each, for a parser that knows T-SQL. */
export const samples: readonly Statement[] = makeSamples();
