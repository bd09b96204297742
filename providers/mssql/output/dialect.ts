/**
 * SQL Server's SQL.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk";
import type { Dialect, FailureKind, TableName } from "../../sql/mod.ts";
import type { SqlServerTarget } from "../input/connection/connection_string.ts";
import { isTransient, SqlError } from "../input/connection/sql_error.ts";
import { quoteName, quoteText } from "../input/statements/sql_text.ts";
import { MssqlConnection } from "./connection.ts";
import { BAD_VALUE } from "./statements.ts";

const TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  boolean: "bit",
  int8: "smallint", // its tinyint has no sign
  int16: "smallint",
  int32: "int",
  int64: "bigint",
  uint8: "tinyint",
  uint16: "int",
  uint32: "bigint",
  uint64: "decimal(20, 0)",
  float32: "real",
  float64: "float",
  bytes: "varbinary(max)",
  date: "date",
  interval: "nvarchar(100)",
  uuid: "uniqueidentifier",
};

/** An index takes 900 bytes. */
const KEY_TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  string: "nvarchar(150)",
  bytes: "varbinary(300)",
  json: "nvarchar(150)",
  any: "nvarchar(150)",
};

const MOST_DIGITS = 38;
const MOST_SCALE = 18;
const MOST_TIME_DIGITS = 7;

/** The dialect for one server. */
export function mssqlDialect(target: SqlServerTarget, schema: string): Dialect {
  return {
    name: "SQL Server",
    isServer: true,
    maxNameBytes: 128,
    tableSuffix: "",
    emptyTable: "DELETE FROM", // TRUNCATE refuses where a key points at it
    historyTypes: {
      id: "bigint IDENTITY(1,1) PRIMARY KEY",
      json: "nvarchar(max)",
    },
    connect: (signal) => MssqlConnection.open(target, signal),
    nameOf: (text) => nameOf(text, schema),
    quote: quoteName,
    text: quoteText,
    locked: { behindTable: " WITH (UPDLOCK, ROWLOCK)", atEnd: "" },
    fold: (name) => name.toLowerCase(),
    typeOf,
    keyTypeOf: (field) => KEY_TYPES[field.type] ?? typeOf(field),
    createTable: (name, body) =>
      `IF OBJECT_ID(${quoteText(name)}, N'U') IS NULL ` +
      `CREATE TABLE ${name} (${body})`,
    addColumn: "ADD",
    classify,
  };
}

/** What is before the first dot is the schema. */
function nameOf(text: string, usual: string): TableName {
  const dot = text.indexOf(".");
  return dot <= 0
    ? { schema: usual, table: text }
    : { schema: text.slice(0, dot), table: text.slice(dot + 1) };
}

/** A field's type as DDL has it. */
export function typeOf(field: FieldType): string {
  const { type, precision, scale = 0 } = field;
  const digits = Math.min(precision ?? MOST_TIME_DIGITS, MOST_TIME_DIGITS);
  switch (type) {
    case "decimal":
      if (precision === undefined) {
        return `decimal(${MOST_DIGITS}, ${MOST_SCALE})`;
      }
      return precision <= MOST_DIGITS && scale >= 0 && scale <= precision
        ? `decimal(${precision}, ${scale})`
        : "nvarchar(max)";
    case "time":
      return `time(${digits})`;
    case "timestamp":
      return `datetime2(${digits})`;
    case "timestamptz":
      return `datetimeoffset(${digits})`;
    default:
      return TYPES[type] ?? "nvarchar(max)";
  }
}

/** Constraints, conversions, and values that are too long. */
const ABOUT_ROW = new Set([
  220,
  241,
  245,
  248,
  515,
  547,
  2601,
  2627,
  2628,
  8114,
  8115,
  8152,
  8169,
  9420,
  13609,
  1946,
  BAD_VALUE,
]);

function classify(error: unknown): FailureKind {
  if (!(error instanceof SqlError)) return "final";
  if (error.number !== undefined && ABOUT_ROW.has(error.number)) return "row";
  return isTransient(error) ? "again" : "final";
}
