/**
 * Postgres's SQL.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk";
import {
  type Dialect,
  doubleQuoted,
  type FailureKind,
  singleQuoted,
  type TableName,
} from "../../sql/mod.ts";
import { codeOf, isConnectionFailure } from "../connection/failure.ts";
import type { ConnectionSettings } from "../connection/settings.ts";
import { PostgresConnection } from "./connection.ts";

const TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  boolean: "boolean",
  int8: "smallint",
  int16: "smallint",
  int32: "integer",
  int64: "bigint",
  uint8: "smallint",
  uint16: "integer",
  uint32: "bigint",
  uint64: "numeric(20)",
  float32: "real",
  float64: "double precision",
  string: "text",
  bytes: "bytea",
  date: "date",
  interval: "interval",
  uuid: "uuid",
};

/** Of times; more digits would be rounded. */
const MOST_DIGITS = 6;

/** The dialect for one server. */
export function postgresDialect(
  settings: ConnectionSettings,
  schema: string,
): Dialect {
  return {
    name: "Postgres",
    isServer: true,
    maxNameBytes: 63,
    tableSuffix: "",
    emptyTable: "TRUNCATE TABLE",
    historyTypes: {
      id: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
      json: "json",
    },
    connect: (signal) => PostgresConnection.open(settings, signal),
    nameOf: (text) => nameOf(text, schema),
    quote: doubleQuoted,
    text: singleQuoted,
    locked: { behindTable: "", atEnd: " FOR UPDATE" },
    fold: (name) => name,
    typeOf,
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
  const { type, precision, scale, element } = field;
  switch (type) {
    case "decimal":
      return precision === undefined
        ? "numeric"
        : `numeric(${precision}, ${scale ?? 0})`;
    case "time":
    case "timestamp":
    case "timestamptz":
      return type + digitsOf(precision);
    case "list": {
      const inner = element && element.type !== "bytes" && typeOf(element);
      const isPlain = inner && !/json|\[\]/.test(inner);
      return isPlain ? `${inner}[]` : "jsonb";
    }
    default:
      return TYPES[type] ?? "jsonb";
  }
}

function digitsOf(precision: number | undefined): string {
  return precision === undefined ? "" : `(${Math.min(precision, MOST_DIGITS)})`;
}

/** 22: a value is wrong, 23: a constraint says no; both are about a row. */
function classify(error: unknown): FailureKind {
  const code = codeOf(error);
  if (code !== undefined && /^2[23]/.test(code)) return "row";
  const isAgain = code === "postgres.unreachable" ||
    /^(40001|40P01|55P03)$/.test(code ?? "") ||
    /not queryable/.test(String(error)) || // it broke while it was idle
    isConnectionFailure(error);
  return isAgain ? "again" : "final";
}
