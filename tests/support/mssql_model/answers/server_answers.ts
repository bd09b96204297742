/**
 * Answers about the server, its tables and capture instances.
 *
 * @module
 */

import {
  capturedColumns,
  captureInstances,
  jobs,
  keyColumns,
  retypings,
  rowCount,
  serverState,
  tables,
} from "../../../../providers/mssql/input/statements/mod.ts";
import type { AnswerPart, Column, Row } from "../../tds/answer.ts";
import { permissionDenied } from "../../tds/errors.ts";
import type { CaptureInstance } from "../capture_instance.ts";
import { sysColumn } from "../model_column.ts";
import {
  type Answerer,
  expectCdc,
  expectStatement,
  type Question,
} from "../question.ts";
import { columns } from "./columns.ts";
import { dateTime, serverTime } from "./times.ts";

/** Minutes the model's server is ahead of UTC: a mistake with it would show. */
export const SERVER_OFFSET_MINUTES = 120;

/** By tag. */
export const SERVER_ANSWERS: Readonly<Record<string, Answerer>> = {
  server: answerServer,
  tables: answerTables,
  "capture instances": answerInstances,
  "captured columns": answerCapturedColumns,
  "key columns": answerKeyColumns,
  retypings: answerRetypings,
  jobs: answerJobs,
  "row count": answerRowCount,
};

function* answerServer(question: Question): Generator<AnswerPart> {
  expectStatement(question, serverState());
  const { database, session } = question;
  const maySelect = database.rights.selectsCdc ? 1 : 0;
  yield {
    columns: columns(
      "server_name nvarchar(256), database_name nvarchar(128), major_version int, engine_edition int, user_name nvarchar(128), is_cdc_enabled bit, snapshot_isolation_state tinyint, is_read_committed_snapshot_on bit, updateability nvarchar(20), may_select_cdc int, offset_minutes int",
    ),
    rows: [[
      "TESTSERVER",
      database.name,
      16,
      3,
      session.user,
      database.isCdcEnabled,
      database.isSnapshotIsolationOn ? 1 : 0,
      database.isReadCommittedSnapshotOn,
      session.isReadOnly ? "READ_ONLY" : "READ_WRITE",
      database.isCdcEnabled ? maySelect : null,
      SERVER_OFFSET_MINUTES,
    ]],
  };
}

function* answerTables(question: Question): Generator<AnswerPart> {
  expectStatement(question, tables());
  const { database } = question;
  const visible = database.rights.selectsTables
    ? [...database.tables.values()]
    : [];
  const rows = visible.map((table): Row => [
    table.schema,
    table.name,
    table.objectId,
    database.instances.some((one) => one.table === table),
    dateTime(serverTime(table.modifiedAtMs)),
  ]);
  rows.sort((a, b) => `${a[0]}.${a[1]}` < `${b[0]}.${b[1]}` ? -1 : 1);
  yield {
    columns: columns(
      "schema_name nvarchar(128), table_name nvarchar(128), object_id int, is_tracked_by_cdc bit, modified_at varchar(23)",
    ),
    rows,
  };
}

function* answerInstances(question: Question): Generator<AnswerPart> {
  expectStatement(question, captureInstances());
  expectCdc(question, "change_tables");
  const { database } = question;
  const isVisible = database.rights.selectsTables;
  const rows = byTable(database.instances).map((instance): Row => [
    instance.table.objectId,
    isVisible ? instance.table.schema : null,
    isVisible ? instance.table.name : null,
    instance.name,
    instance.objectId,
    instance.changeTable,
    instance.startLsn,
    database.hasCommandId,
    instance.roleName,
  ]);
  yield {
    columns: columns(
      "source_object_id int, schema_name nvarchar(128), table_name nvarchar(128), capture_instance nvarchar(128), change_table_id int, change_table nvarchar(128), start_lsn binary(10), has_command_id bit, role_name nvarchar(128)",
    ),
    rows,
  };
}

function byTable(instances: readonly CaptureInstance[]): CaptureInstance[] {
  return [...instances].sort((a, b) =>
    a.table.objectId - b.table.objectId || a.createdAtMs - b.createdAtMs ||
    a.objectId - b.objectId
  );
}

function byId(instances: readonly CaptureInstance[]): CaptureInstance[] {
  return [...instances].sort((a, b) => a.objectId - b.objectId);
}

function* answerCapturedColumns(question: Question): Generator<AnswerPart> {
  expectStatement(question, capturedColumns());
  expectCdc(question, "captured_columns");
  const rows = byId(question.database.instances).flatMap((instance) =>
    instance.columns.map((column, index): Row => {
      const known = sysColumn(column.type);
      return [
        instance.objectId,
        column.name,
        index + 1,
        known.typeName,
        known.maxLengthBytes,
        known.precision,
        known.scale,
        column.isComputed ?? false,
        ...sourceOf(instance, column.name),
      ];
    })
  );
  yield {
    columns: columns(
      "change_table_id int, column_name nvarchar(128), column_ordinal int, type_name nvarchar(128), max_length smallint, precision tinyint, scale tinyint, is_computed bit, source_type nvarchar(128), source_length smallint, source_precision tinyint, source_scale tinyint",
    ),
    rows,
  };
}

/** What the table itself has of a captured column; NULL when it was dropped. */
function sourceOf({ table }: CaptureInstance, name: string): Row {
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined) return [null, null, null, null];
  const known = sysColumn(column.type);
  return [known.typeName, known.maxLengthBytes, known.precision, known.scale];
}

function* answerRetypings(question: Question): Generator<AnswerPart> {
  expectStatement(question, retypings());
  expectCdc(question, "ddl_history");
  yield {
    columns: columns("change_table_id int, ddl_lsn binary(10)"),
    rows: question.database.ddlHistory.filter(({ isRetyped }) => isRetyped)
      .map(({ instance, lsn }): Row => [instance.objectId, lsn])
      .sort((a, b) => Number(a[0]) - Number(b[0])),
  };
}

function* answerKeyColumns(question: Question): Generator<AnswerPart> {
  expectStatement(question, keyColumns());
  expectCdc(question, "index_columns");
  const rows = byId(question.database.instances).flatMap(keyRows);
  yield {
    columns: columns(
      "change_table_id int, column_name nvarchar(128), index_ordinal int, type_name nvarchar(128), max_length smallint, precision tinyint, scale tinyint, collation_name nvarchar(128)",
    ),
    rows,
  };
}

function keyRows({ objectId, table }: CaptureInstance): Row[] {
  return table.key.map((name, index): Row => {
    const { type, collation } = table.column(name);
    const known = sysColumn(type);
    const isText = ["char", "varchar"].includes(known.typeName);
    return [
      objectId,
      name,
      index + 1,
      known.typeName,
      known.maxLengthBytes,
      known.precision,
      known.scale,
      isText ? collation?.name ?? "SQL_Latin1_General_CP1_CI_AS" : null,
    ];
  });
}

const JOB_COLUMNS: Column[] = columns(
  "job_type nvarchar(20), job_name nvarchar(128), is_enabled tinyint, is_running int, retention_minutes bigint",
);

function* answerJobs(question: Question): Generator<AnswerPart> {
  expectStatement(question, jobs());
  const { database } = question;
  const { name, rights, isCaptureRunning, retentionMinutes } = database;
  if (!rights.seesJobs) {
    throw permissionDenied("SELECT", "cdc_jobs", "msdb", "dbo");
  }
  const running = isCaptureRunning ? 1 : 0;
  yield {
    columns: JOB_COLUMNS,
    rows: database.isCdcEnabled
      ? [
        ["capture", `cdc.${name}_capture`, 1, running, 0n],
        ["cleanup", `cdc.${name}_cleanup`, 1, 0, BigInt(retentionMinutes)],
      ]
      : [],
  };
}

function* answerRowCount(question: Question): Generator<AnswerPart> {
  const id = Number(question.params.object_id);
  expectStatement(question, rowCount(id));
  const table = [...question.database.tables.values()]
    .find(({ objectId }) => objectId === id);
  yield {
    columns: columns("row_count bigint"),
    rows: [[table === undefined ? null : BigInt(table.rowCount)]],
  };
}
