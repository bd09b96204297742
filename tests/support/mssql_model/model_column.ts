/**
 * Columns of the model's tables, and what sys.columns says of them.
 *
 * @module
 */

import { magnitudeBytes } from "../tds/decimals.ts";
import { parseSqlType, type SqlType } from "../tds/sql_type.ts";
import type { Collation } from "../tds/collation.ts";

/** A column as a test declares it. */
export interface ModelColumn {
  readonly name: string;
  /** As in T-SQL: `decimal(18,4)`. */
  readonly type: string;
  /** True when not given. */
  readonly isNullable?: boolean;
  /** Its value comes from others, so CDC has NULL for it. */
  readonly isComputed?: boolean;
  readonly collation?: Collation;
}

/** A row of sys.columns. */
export interface SysColumn {
  readonly typeName: string;
  /** Bytes; -1 for max. */
  readonly maxLengthBytes: number;
  readonly precision: number;
  readonly scale: number;
}

/** Bytes, digits and scale of what has no parentheses. */
const PLAIN: Readonly<Record<string, [number, number, number]>> = {
  bit: [1, 1, 0],
  tinyint: [1, 3, 0],
  smallint: [2, 5, 0],
  int: [4, 10, 0],
  bigint: [8, 19, 0],
  money: [8, 19, 4],
  smallmoney: [4, 10, 4],
  real: [4, 24, 0],
  float: [8, 53, 0],
  date: [3, 10, 0],
  datetime: [8, 23, 3],
  smalldatetime: [4, 16, 0],
  uniqueidentifier: [16, 0, 0],
  xml: [-1, 0, 0],
  sql_variant: [8016, 0, 0],
  text: [16, 0, 0],
  ntext: [16, 0, 0],
  image: [16, 0, 0],
  geography: [-1, 0, 0],
  geometry: [-1, 0, 0],
  hierarchyid: [892, 0, 0],
};

/** @returns What sys.columns says of a column of this type. */
export function sysColumn(type: string): SysColumn {
  const parsed = parseSqlType(type);
  const plain = PLAIN[parsed.name];
  if (plain === undefined) return withParts(parsed);
  const [maxLengthBytes, precision, scale] = plain;
  return { typeName: parsed.name, maxLengthBytes, precision, scale };
}

function withParts({ name, length, precision, scale }: SqlType): SysColumn {
  const typeName = name;
  switch (name) {
    case "decimal":
    case "numeric":
      return {
        typeName,
        maxLengthBytes: magnitudeBytes(precision) + 1,
        precision,
        scale,
      };
    case "time":
      return { typeName, maxLengthBytes: 5, precision: 9 + scale, scale };
    case "datetime2":
      return { typeName, maxLengthBytes: 8, precision: 20 + scale, scale };
    case "datetimeoffset":
      return { typeName, maxLengthBytes: 10, precision: 27 + scale, scale };
    default:
      return { typeName, maxLengthBytes: bytesOf(name, length), ...NO_DIGITS };
  }
}

const NO_DIGITS = { precision: 0, scale: 0 };

function bytesOf(name: string, length: number | "max"): number {
  if (length === "max") return -1;
  return name === "nchar" || name === "nvarchar" ? length * 2 : length;
}

/** Whether CDC keeps a before image of it only when it changed. */
export function isLarge(type: string): boolean {
  const { name, length } = parseSqlType(type);
  return length === "max" || name === "xml";
}

/** Whether CDC never has a before image of it, nor its value in a delete. */
export function isOldLarge(type: string): boolean {
  return ["text", "ntext", "image"].includes(parseSqlType(type).name);
}
