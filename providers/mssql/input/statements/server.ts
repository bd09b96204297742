/**
 * What SQL Server says of itself, its tables and their capture.
 *
 * @module
 */

import { type Statement, statement } from "./sql_text.ts";

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
