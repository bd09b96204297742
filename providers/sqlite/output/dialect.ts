/**
 * SQLite's SQL.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk";
import {
  type Dialect,
  doubleQuoted,
  type FailureKind,
  singleQuoted,
} from "../../sql/mod.ts";
import { SqliteConnection } from "./connection.ts";

const TYPES: Readonly<Partial<Record<FieldType["type"], string>>> = {
  boolean: "INTEGER",
  int8: "INTEGER",
  int16: "INTEGER",
  int32: "INTEGER",
  int64: "INTEGER",
  uint8: "INTEGER",
  uint16: "INTEGER",
  uint32: "INTEGER",
  float32: "REAL",
  float64: "REAL",
  bytes: "BLOB",
};

const BUSY = 5;
const LOCKED = 6;
const CONSTRAINT = 19;
const TOO_BIG = 18;
const MISMATCH = 20;

/** The dialect for one file. */
export function sqliteDialect(path: string): Dialect {
  return {
    name: "SQLite",
    isServer: false,
    maxNameBytes: 1000,
    tableSuffix: " STRICT",
    emptyTable: "DELETE FROM",
    historyTypes: { id: "INTEGER PRIMARY KEY", json: "TEXT" },
    connect: () => SqliteConnection.open(path),
    nameOf: (table) => ({ schema: undefined, table }),
    quote: doubleQuoted,
    text: singleQuoted,
    locked: { behindTable: "", atEnd: "" }, // BEGIN IMMEDIATE locks all
    fold: (name) => name.toLowerCase(),
    typeOf: ({ type }) => TYPES[type] ?? "TEXT",
    classify,
  };
}

function classify(error: unknown): FailureKind {
  const { errcode } = error as { errcode?: number };
  switch ((errcode ?? 0) & 0xff) {
    case BUSY:
    case LOCKED:
      return "again";
    case CONSTRAINT:
    case TOO_BIG:
    case MISMATCH:
      return "row";
    default:
      return "final";
  }
}
