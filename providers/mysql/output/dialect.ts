/**
 * The SQL of MySQL and MariaDB.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk";
import {
  type Dialect,
  type FailureKind,
  shownTable,
  type TableFacts,
  type TableName,
} from "../../sql/mod.ts";
import { MysqlConnection, otherKeys } from "./connection.ts";
import type { MysqlFacts } from "./facts.ts";
import type { MysqlSettings } from "./settings.ts";
import { quote } from "./statements.ts";
import { quoted } from "./value.ts";

const TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  boolean: "BOOLEAN",
  int8: "TINYINT",
  int16: "SMALLINT",
  int32: "INT",
  int64: "BIGINT",
  uint8: "TINYINT UNSIGNED",
  uint16: "SMALLINT UNSIGNED",
  uint32: "INT UNSIGNED",
  uint64: "BIGINT UNSIGNED",
  float32: "FLOAT",
  float64: "DOUBLE",
  string: "LONGTEXT",
  bytes: "LONGBLOB",
  date: "DATE",
  interval: "VARCHAR(255)",
  uuid: "CHAR(36)",
};

/** An index takes no more of a text. */
const KEY_TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  string: "VARCHAR(255)",
  bytes: "VARBINARY(255)",
  json: "VARCHAR(255)",
  any: "VARCHAR(255)",
};

/** Of a decimal, and behind its point. */
const MOST_DIGITS = 65;
const MOST_SCALE = 30;
/** Of times; more digits would be cut. */
const MOST_TIME_DIGITS = 6;

/** The dialect for one server. */
export function mysqlDialect(settings: MysqlSettings): Dialect {
  return {
    name: "MySQL",
    isServer: true,
    maxNameBytes: 64,
    tableSuffix:
      " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    emptyTable: "DELETE FROM", // TRUNCATE would commit what came before it
    historyTypes: { id: "BIGINT AUTO_INCREMENT PRIMARY KEY", json: "LONGTEXT" },
    connect: () => MysqlConnection.open(settings),
    nameOf,
    quote,
    text: quoted,
    locked: { behindTable: "", atEnd: " FOR UPDATE" },
    fold: (name) => name.toLowerCase(),
    typeOf,
    keyTypeOf: (field) => KEY_TYPES[field.type] ?? typeOf(field),
    noteOf,
    classify,
  };
}

/** What is before the first dot is the database. */
function nameOf(text: string): TableName {
  const dot = text.indexOf(".");
  return dot <= 0
    ? { schema: undefined, table: text }
    : { schema: text.slice(0, dot), table: text.slice(dot + 1) };
}

function noteOf(
  table: TableFacts,
  key: readonly string[],
): string | undefined {
  const { uniqueKeys } = table as MysqlFacts;
  const isAlone = uniqueKeys.length < 2 || otherKeys(table, key).length === 0;
  if (isAlone) return undefined;
  return `${shownTable(table.name)} has a unique index besides its key, so ` +
    "its rows are written one by one, which is slower";
}

/** A field's type as DDL has it. */
export function typeOf(field: FieldType): string {
  const { type, precision = MOST_TIME_DIGITS } = field;
  const digits = Math.min(precision, MOST_TIME_DIGITS);
  switch (type) {
    case "decimal":
      return decimalType(field);
    case "time":
      return `TIME(${digits})`;
    case "timestamp":
    case "timestamptz":
      return `DATETIME(${digits})`;
    default:
      return TYPES[type] ?? "JSON";
  }
}

/** One of unknown size gets all there is; a larger one is kept as text. */
function decimalType({ precision, scale = 0 }: FieldType): string {
  if (precision === undefined) return `DECIMAL(${MOST_DIGITS}, ${MOST_SCALE})`;
  return precision <= MOST_DIGITS && scale <= MOST_SCALE
    ? `DECIMAL(${precision}, ${scale})`
    : "LONGTEXT";
}

/** Numbers of the server, where the SQLSTATE doesn't tell. */
const ABOUT_ROW = new Set([
  1048,
  1062,
  1136,
  1264,
  1265,
  1292,
  1364,
  1366,
  1406,
  1411,
  1451,
  1452,
  1526,
  1690,
  3140,
  3819,
  4025,
]);
/** Locks, deadlocks, too many connections, a server that ends, and the network. */
const AGAIN = new Set([
  1040,
  1053,
  1077,
  1079,
  1158,
  1159,
  1160,
  1161,
  1203,
  1205,
  1213,
  1317,
  1927,
  2006,
  2013,
  4031,
]);

function classify(error: unknown): FailureKind {
  const { errno, code, sqlState = "", fatal, message } = error as Error & {
    errno?: number;
    code?: string;
    sqlState?: string;
    fatal?: boolean;
  };
  if (errno !== undefined && AGAIN.has(errno)) return "again";
  const isLost = fatal === true || code === "PROTOCOL_CONNECTION_LOST" ||
    code === "mysql.unreachable" || /^E[A-Z]+$/.test(code ?? "") ||
    /closed state|is closed/.test(message);
  if (isLost) return "again";
  const isAboutRow = (errno !== undefined && ABOUT_ROW.has(errno)) ||
    /^2[23]/.test(sqlState);
  return isAboutRow ? "row" : "final";
}
