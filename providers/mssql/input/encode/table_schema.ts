/**
 * Columns → the schema record of a table: what the rows that are sent look like.
 *
 * @module
 */

import type { FieldType, SchemaField, TableSchema } from "@dstream/sdk/changes";
import { type CapturedColumn, declaration } from "./column_sql.ts";
import type { ValueOptions } from "./column_value.ts";

/** One column as it is sent. */
export interface SentColumn {
  readonly column: CapturedColumn;
  readonly isMasked: boolean;
}

/** The schema of a table's rows, as `metadata.table` names it. */
export function tableSchema(
  table: string,
  columns: readonly SentColumn[],
  key: readonly string[] | undefined,
  options: ValueOptions,
): TableSchema {
  return {
    table,
    ...(key === undefined ? {} : { key }),
    fields: columns.map((sent) => fieldOf(sent, key ?? [], options)),
  };
}

function fieldOf(
  { column, isMasked }: SentColumn,
  key: readonly string[],
  { values }: ValueOptions,
): SchemaField {
  const { name } = column;
  const isText = isMasked || values === "string";
  return {
    name,
    ...(isText ? { type: "string" as const } : typeOf(column)),
    // A change table takes NULL for what was NOT NULL in its source.
    ...(key.includes(name) ? {} : { nullable: true }),
    native: declaration(column),
  };
}

function typeOf({ typeName, precision, scale }: CapturedColumn): FieldType {
  switch (typeName) {
    case "bit":
      return { type: "boolean" };
    case "tinyint":
      return { type: "uint8" };
    case "smallint":
      return { type: "int16" };
    case "int":
      return { type: "int32" };
    case "bigint":
      return { type: "int64" };
    case "decimal":
    case "numeric":
      return { type: "decimal", precision, scale };
    case "money":
      return { type: "decimal", precision: 19, scale: 4 };
    case "smallmoney":
      return { type: "decimal", precision: 10, scale: 4 };
    case "float":
      return { type: "float64" };
    case "real":
      return { type: "float32" };
    case "date":
      return { type: "date" };
    case "time":
      return { type: "time", precision: scale };
    case "smalldatetime":
      return { type: "timestamp", precision: 0 };
    case "datetime":
      return { type: "timestamp", precision: 3 };
    case "datetime2":
      return { type: "timestamp", precision: scale };
    case "datetimeoffset":
      return { type: "timestamptz", precision: scale };
    case "uniqueidentifier":
      return { type: "uuid" };
    case "binary":
    case "varbinary":
    case "image":
    case "timestamp":
    case "rowversion":
      return { type: "bytes" };
    case "geography":
    case "geometry":
    case "sql_variant":
      return { type: "json" };
    default:
      // Text, and what arrives as text: xml, hierarchyid.
      return { type: "string" };
  }
}
