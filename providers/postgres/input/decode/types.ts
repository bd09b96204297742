/**
 * Types of Postgres → what a schema record says of them, and how their values are
 * written.
 *
 * @module
 */

import type { FieldType } from "@dstream/sdk/changes";
import {
  arrayWriter,
  type ValueKind,
  type ValueWriter,
  valueWriter,
} from "./values.ts";

/** A type as the catalog has it. */
export interface PgType {
  readonly oid: number;
  /** `numeric`, `mood` */
  readonly name: string;
  /** b base, c composite, d domain, e enum, r range, m multirange. */
  readonly kind: string;
  /** Of a domain: what it is made of; else 0. */
  readonly baseOid: number;
  /** Of a domain: the modifier it sets, or -1. */
  readonly baseModifier: number;
  /** Of an array: what is in it; else 0, also for other types with elements. */
  readonly elementOid: number;
  /** Between the elements of an array of these: `,` or `;` */
  readonly delimiter: string;
}

/** A column's type, ready for use. */
export interface ColumnType {
  readonly field: FieldType;
  readonly write: ValueWriter;
  /** Absent: a list. */
  readonly kind?: ValueKind;
}

/** Names as pg_type has them. */
const KINDS: Readonly<Record<string, [FieldType["type"], ValueKind]>> = {
  bool: ["boolean", "boolean"],
  int2: ["int16", "number"],
  int4: ["int32", "number"],
  int8: ["int64", "int64"],
  oid: ["uint32", "number"],
  float4: ["float32", "float"],
  float8: ["float64", "float"],
  numeric: ["decimal", "plain"],
  money: ["decimal", "money"],
  bytea: ["bytes", "bytes"],
  date: ["date", "plain"],
  time: ["time", "plain"],
  timestamp: ["timestamp", "timestamp"],
  timestamptz: ["timestamptz", "timestamptz"],
  interval: ["interval", "plain"],
  uuid: ["uuid", "plain"],
  json: ["json", "json"],
  jsonb: ["json", "json"],
};

/** Types by number, as read from the catalog. */
export type TypeTable = ReadonlyMap<number, PgType>;

/**
 * @param modifier As `pg_attribute.atttypmod` has it; -1: none.
 */
export function columnType(
  oid: number,
  modifier: number,
  types: TypeTable,
): ColumnType {
  const type = types.get(oid);
  if (type === undefined) return TEXT;
  if (type.kind === "d") {
    const inner = modifier >= 0 ? modifier : type.baseModifier;
    return columnType(type.baseOid, inner, types);
  }
  const element = types.get(type.elementOid);
  if (element !== undefined) {
    const { field, write } = columnType(element.oid, modifier, types);
    return {
      field: { type: "list", element: { ...field, nullable: true } },
      write: arrayWriter(write, element.delimiter),
    };
  }
  const [name, kind] = KINDS[type.name] ?? ["string", "text"];
  return {
    field: {
      type: name,
      ...(type.name === "money" ? MONEY : details(name, modifier)),
    },
    write: valueWriter(kind),
    kind,
  };
}

const TEXT: ColumnType = {
  field: { type: "string" },
  write: valueWriter("text"),
  kind: "text",
};

/** 64 bits of hundredths. */
const MONEY = { precision: 19, scale: 2 };

/** Digits, where the type says how many. */
function details(
  name: FieldType["type"],
  modifier: number,
): Partial<FieldType> {
  switch (name) {
    case "decimal":
      return modifier < 0 ? {} : decimalDigits(modifier - 4);
    case "time":
    case "timestamp":
    case "timestamptz":
      return { precision: modifier < 0 ? 6 : modifier };
    default:
      return {};
  }
}

/** The scale has 11 bits and a sign (PostgreSQL 15's numeric_typmod). */
function decimalDigits(packed: number): Partial<FieldType> {
  const precision = (packed >> 16) & 0xffff;
  const scale = ((packed & 0x7ff) ^ 1024) - 1024;
  return scale < 0 || scale > precision ? {} : { precision, scale };
}
