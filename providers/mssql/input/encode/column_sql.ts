/**
 * How a column is selected so that no digit is lost on the way.
 *
 * The driver makes doubles of decimals and money and drops the offset of
 * datetimeoffset, so those come as text, each with an explicit style. Text in a
 * code page comes as Unicode: the driver takes code pages that it doesn't know for
 * UTF-8, and needs two and a half times as long for those that it knows. What it
 * reads exactly (integers, float, real, Unicode, bytes, uniqueidentifier) is
 * selected as it is. What becomes of the text is column_value.ts.
 *
 * @module
 */

import { quoteName } from "../statements/sql_text.ts";

/** A captured column, as cdc.captured_columns and sys.columns know it. */
export interface CapturedColumn {
  readonly name: string;
  /** Starts at 1; its bit in `__$update_mask`. */
  readonly ordinal: number;
  /** The type's own name, lower case, never an alias: "decimal", "geography". */
  readonly typeName: string;
  /** -1 for max types. */
  readonly maxLengthBytes: number;
  readonly precision: number;
  readonly scale: number;
  readonly isComputed: boolean;
}

/** A column of the key, with what its comparison needs. */
export interface KeyColumn {
  readonly name: string;
  readonly typeName: string;
  readonly maxLengthBytes: number;
  readonly precision: number;
  readonly scale: number;
  /** Only for char and varchar. */
  readonly collation: string | null;
}

/** Select expressions by type; `x` is the quoted column. */
const AS_TEXT: Readonly<Record<string, (x: string) => string>> = {
  // Styles: https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
  decimal: (x) => `CONVERT(nvarchar(41), ${x})`,
  numeric: (x) => `CONVERT(nvarchar(41), ${x})`,
  money: (x) => `CONVERT(nvarchar(30), ${x}, 2)`,
  smallmoney: (x) => `CONVERT(nvarchar(30), ${x}, 2)`,
  date: (x) => `CONVERT(nvarchar(10), ${x}, 23)`,
  time: (x) => `CONVERT(nvarchar(16), ${x}, 121)`,
  datetime: (x) => `CONVERT(nvarchar(23), ${x}, 121)`,
  smalldatetime: (x) => `CONVERT(nvarchar(19), ${x}, 120)`,
  datetime2: (x) => `CONVERT(nvarchar(27), ${x}, 121)`,
  datetimeoffset: (x) => `CONVERT(nvarchar(34), ${x}, 121)`,
  text: (x) => `CONVERT(nvarchar(max), ${x})`,
  xml: (x) => `CONVERT(nvarchar(max), ${x})`,
  json: (x) => `CONVERT(nvarchar(max), ${x})`,
  hierarchyid: (x) => `${x}.ToString()`,
  // Four bytes of SRID, then well-known binary with Z and M.
  geography: spatial,
  geometry: spatial,
  // The base type, a colon, the value.
  sql_variant: variant,
};

const AS_THEY_ARE = new Set([
  "bit",
  "tinyint",
  "smallint",
  "int",
  "bigint",
  "float",
  "real",
  "nchar",
  "nvarchar",
  "ntext",
  "sysname",
  "binary",
  "varbinary",
  "image",
  "timestamp",
  "rowversion",
  "uniqueidentifier",
]);

function spatial(x: string): string {
  return `CONVERT(varbinary(max), CONVERT(binary(4), ${x}.STSrid) + ` +
    `${x}.AsBinaryZM())`;
}

function variant(x: string): string {
  const baseType = `CONVERT(nvarchar(128), ` +
    `SQL_VARIANT_PROPERTY(${x}, 'BaseType'))`;
  const cases = [
    ["'money', 'smallmoney'", `CONVERT(money, ${x}), 2`],
    ["'float'", `CONVERT(float, ${x}), 3`],
    ["'real'", `CONVERT(real, ${x}), 3`],
    ["'date'", `CONVERT(date, ${x}), 23`],
    ["'time'", `CONVERT(time(7), ${x}), 121`],
    ["'datetime'", `CONVERT(datetime, ${x}), 121`],
    ["'smalldatetime'", `CONVERT(smalldatetime, ${x}), 120`],
    ["'datetime2'", `CONVERT(datetime2(7), ${x}), 121`],
    ["'datetimeoffset'", `CONVERT(datetimeoffset(7), ${x}), 121`],
    ["'binary', 'varbinary'", `CONVERT(varbinary(8000), ${x}), 2`],
  ].map(([types, value]) =>
    `WHEN ${baseType} IN (${types}) THEN CONVERT(nvarchar(max), ${value})`
  );
  return `${baseType} + N':' + CASE ${cases.join(" ")} ` +
    `ELSE CONVERT(nvarchar(max), ${x}) END`;
}

/** @returns Whether a value of this type comes as it is. */
export function isNative(typeName: string): boolean {
  return AS_THEY_ARE.has(typeName);
}

/** @returns An item of a select list, named as the column. */
export function selectItem(column: CapturedColumn, alias: string): string {
  const { name, typeName } = column;
  const quoted = `${alias}.${quoteName(name)}`;
  if (isNative(typeName)) return quoted;
  const asText = AS_TEXT[typeName] ?? asUnicode(column);
  return `${asText(quoted)} AS ${quoteName(name)}`;
}

/** Also for a type this file doesn't know: every one so far has a text form. */
function asUnicode({ typeName, maxLengthBytes }: CapturedColumn) {
  const isText = typeName === "char" || typeName === "varchar";
  const fits = isText && maxLengthBytes > 0 && maxLengthBytes <= 4000;
  const length = fits ? maxLengthBytes : "max";
  return (x: string) => `CONVERT(nvarchar(${length}), ${x})`;
}

/** Styles by which a key's value becomes text and comes back unchanged. */
const KEY_STYLES: Readonly<Record<string, number>> = {
  money: 2,
  smallmoney: 2,
  float: 3,
  real: 3,
  date: 23,
  time: 121,
  datetime: 121,
  smalldatetime: 120,
  datetime2: 121,
  datetimeoffset: 121,
  binary: 2,
  varbinary: 2,
  timestamp: 2,
};

/** @returns A key column's value as text. */
export function keyText(column: KeyColumn, alias: string): string {
  const style = KEY_STYLES[column.typeName];
  const more = style === undefined ? "" : `, ${style}`;
  return `CONVERT(nvarchar(4000), ${alias}.${quoteName(column.name)}${more})`;
}

/** @returns The value that {@link keyText} made text of, in the column's type. */
export function keyValue(column: KeyColumn, parameter: string): string {
  const style = KEY_STYLES[column.typeName];
  const more = style === undefined ? "" : `, ${style}`;
  // Without the column's collation the text would go through the database's
  // code page, and letters it doesn't have would be lost.
  const text = column.collation === null
    ? parameter
    : `${parameter} COLLATE ${column.collation}`;
  return `CONVERT(${declaration(column)}, ${text}${more})`;
}

/** @returns The column's type as it is declared: "decimal(18, 2)". */
export function declaration(column: {
  readonly typeName: string;
  readonly maxLengthBytes: number;
  readonly precision: number;
  readonly scale: number;
}): string {
  const { typeName, maxLengthBytes, precision, scale } = column;
  const length = maxLengthBytes === -1 ? "max" : maxLengthBytes;
  switch (typeName) {
    case "decimal":
    case "numeric":
      return `${typeName}(${precision}, ${scale})`;
    case "time":
    case "datetime2":
    case "datetimeoffset":
      return `${typeName}(${scale})`;
    case "char":
    case "varchar":
    case "binary":
    case "varbinary":
      return `${typeName}(${length})`;
    case "nchar":
    case "nvarchar":
      return `${typeName}(${length === "max" ? length : length / 2})`;
    case "timestamp":
    case "rowversion":
      return "binary(8)";
    default:
      return typeName;
  }
}
