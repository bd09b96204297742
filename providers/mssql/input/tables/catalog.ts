/**
 * The tables of the database and what is captured of them.
 *
 * @module
 */

import type { CapturedColumn, KeyColumn } from "../encode/column_sql.ts";
import { toLsn } from "../offsets/lsn.ts";
import type { Rows, Session } from "../connection/session.ts";
import * as statements from "../statements/mod.ts";

/** One capture instance: what it captures, and where it puts it. */
export interface CaptureInstance {
  readonly name: string;
  readonly changeTableId: number;
  /** Without the schema, which is cdc. */
  readonly changeTable: string;
  readonly hasCommandId: boolean;
  /** From where on it captures; null or zero until the capture job has begun. */
  readonly startLsn: Uint8Array | null;
  readonly roleName: string | null;
  /** As the change table has them. */
  readonly columns: readonly CapturedColumn[];
  /** Those that the table itself still has, with its types of now. */
  readonly sourceColumns: readonly CapturedColumn[];
  /** Where columns got another type, oldest first. */
  readonly retypedAt: readonly Uint8Array[];
  /** The table's own columns. Empty when the table has no unique index that was named. */
  readonly key: readonly KeyColumn[];
}

/** One table; without instances it has no CDC. */
export interface SourceTable {
  readonly schemaName: string;
  readonly tableName: string;
  readonly objectId: number;
  /** Another one means that its columns may have changed. */
  readonly modifiedAt: string;
  /** Oldest first; SQL Server allows two. */
  readonly instances: readonly CaptureInstance[];
}

/** What the handshake found. */
export interface Catalog {
  readonly tables: readonly SourceTable[];
  /** Instances of tables that this login can't see. */
  readonly hiddenInstances: readonly string[];
}

/** Reads all of it: five statements. */
export async function loadCatalog(
  session: Session,
  signal: AbortSignal,
): Promise<Catalog> {
  const read = async (statement: statements.Statement) =>
    (await session.run(statement, { signal }))[0] ?? [];
  const tables = await read(statements.tables());
  const instances = await read(statements.captureInstances());
  const columns = await read(statements.capturedColumns());
  const keys = await read(statements.keyColumns());
  const retypings = await read(statements.retypings());
  return assembleCatalog({ tables, instances, columns, keys, retypings });
}

/** What the five statements returned. */
export interface CatalogRows {
  readonly tables: Rows;
  readonly instances: Rows;
  readonly columns: Rows;
  readonly keys: Rows;
  readonly retypings: Rows;
}

/** Joins the rows; pure. */
export function assembleCatalog(rows: CatalogRows): Catalog {
  const columns = Map.groupBy(rows.columns, (row) => row.change_table_id);
  const keys = Map.groupBy(rows.keys, (row) => row.change_table_id);
  const retypings = Map.groupBy(rows.retypings, (row) => row.change_table_id);
  const instances = Map.groupBy(rows.instances, (row) => row.source_object_id);
  const tables = rows.tables.map((row): SourceTable => ({
    schemaName: row.schema_name as string,
    tableName: row.table_name as string,
    objectId: row.object_id as number,
    modifiedAt: row.modified_at as string,
    instances: (instances.get(row.object_id) ?? []).map((each) => ({
      name: each.capture_instance as string,
      changeTableId: each.change_table_id as number,
      changeTable: each.change_table as string,
      hasCommandId: each.has_command_id as boolean,
      startLsn: each.start_lsn as Uint8Array | null,
      roleName: each.role_name as string | null,
      columns: (columns.get(each.change_table_id) ?? []).map(toColumn),
      sourceColumns: (columns.get(each.change_table_id) ?? [])
        .filter(({ source_type }) => source_type !== null).map(toSourceColumn),
      retypedAt: (retypings.get(each.change_table_id) ?? [])
        .map(({ ddl_lsn }) => toLsn(ddl_lsn as Uint8Array)),
      key: (keys.get(each.change_table_id) ?? []).map(toKeyColumn),
    })),
  }));
  const hidden = rows.instances.filter(({ table_name }) => table_name === null);
  return {
    tables,
    hiddenInstances: hidden.map((row) => row.capture_instance as string),
  };
}

function toColumn(row: Rows[number]): CapturedColumn {
  return {
    name: row.column_name as string,
    ordinal: row.column_ordinal as number,
    typeName: (row.type_name as string).toLowerCase(),
    maxLengthBytes: row.max_length as number,
    precision: row.precision as number,
    scale: row.scale as number,
    isComputed: row.is_computed as boolean,
  };
}

function toSourceColumn(row: Rows[number]): CapturedColumn {
  return {
    ...toColumn(row),
    typeName: (row.source_type as string).toLowerCase(),
    maxLengthBytes: row.source_length as number,
    precision: row.source_precision as number,
    scale: row.source_scale as number,
  };
}

function toKeyColumn(row: Rows[number]): KeyColumn {
  return {
    name: row.column_name as string,
    typeName: (row.type_name as string).toLowerCase(),
    maxLengthBytes: row.max_length as number,
    precision: row.precision as number,
    scale: row.scale as number,
    collation: row.collation_name as string | null,
  };
}

/** As in metadata and `cdc_offsets`: without the schema for dbo, as upstream. */
export function shortName(table: {
  readonly schemaName: string;
  readonly tableName: string;
}): string {
  return table.schemaName.toLowerCase() === "dbo"
    ? table.tableName
    : `${table.schemaName}.${table.tableName}`;
}
