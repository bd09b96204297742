/**
 * The tables of the database and what is captured of them.
 *
 * @module
 */

import type { CapturedColumn, KeyColumn } from "./column_sql.ts";
import type { Rows, Session } from "./session.ts";
import * as statements from "./statements.ts";

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
  readonly columns: readonly CapturedColumn[];
  /** Empty when the table has no unique index that was named. */
  readonly key: readonly KeyColumn[];
}

/** One table; without instances it has no CDC. */
export interface SourceTable {
  readonly schemaName: string;
  readonly tableName: string;
  readonly objectId: number;
  /** Oldest first; SQL Server allows two. */
  readonly instances: readonly CaptureInstance[];
}

/** What the handshake found. */
export interface Catalog {
  readonly tables: readonly SourceTable[];
  /** Instances of tables that this login can't see. */
  readonly hiddenInstances: readonly string[];
}

/** Reads all of it: four statements. */
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
  return assembleCatalog({ tables, instances, columns, keys });
}

/** What the four statements returned. */
export interface CatalogRows {
  readonly tables: Rows;
  readonly instances: Rows;
  readonly columns: Rows;
  readonly keys: Rows;
}

/** Joins the rows; pure. */
export function assembleCatalog(rows: CatalogRows): Catalog {
  const columns = Map.groupBy(rows.columns, (row) => row.change_table_id);
  const keys = Map.groupBy(rows.keys, (row) => row.change_table_id);
  const instances = Map.groupBy(rows.instances, (row) => row.source_object_id);
  const tables = rows.tables.map((row): SourceTable => ({
    schemaName: row.schema_name as string,
    tableName: row.table_name as string,
    objectId: row.object_id as number,
    instances: (instances.get(row.object_id) ?? []).map((each) => ({
      name: each.capture_instance as string,
      changeTableId: each.change_table_id as number,
      changeTable: each.change_table as string,
      hasCommandId: each.has_command_id as boolean,
      startLsn: each.start_lsn as Uint8Array | null,
      roleName: each.role_name as string | null,
      columns: (columns.get(each.change_table_id) ?? []).map(toColumn),
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
