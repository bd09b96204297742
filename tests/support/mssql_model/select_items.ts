/**
 * The select lists of the input: which column, and how it is converted.
 *
 * @module
 */

import type { CapturedColumn } from "../../../providers/mssql/input/encode/column_sql.ts";
import type { Column } from "../tds/answer.ts";
import type { SqlValue, VariantValue } from "../tds/column_type.ts";
import { SqlServerError } from "../tds/errors.ts";
import { parseSqlType } from "../tds/sql_type.ts";
import { convertToText, variantToText } from "./convert.ts";
import { type ModelColumn, sysColumn } from "./model_column.ts";
import { UnknownStatement, unquoteName } from "./question.ts";

/** A column of the result, and what becomes of the stored value. */
export interface SelectItem {
  readonly source: ModelColumn;
  readonly column: Column;
  readonly convert: (value: SqlValue) => SqlValue;
  /** The type the statement takes the column for, where its text says so. */
  readonly declared?: string;
}

const NAME = String.raw`\w+\.(\[(?:[^\]]|\]\])*\])`;
const BARE = new RegExp(`^${NAME}$`);
const CONVERT = new RegExp(
  String.raw`^CONVERT\((n?varchar\((?:\d+|max)\)), ${NAME}(?:, (\d+))?\) AS `,
);
const TO_STRING = new RegExp(String.raw`^${NAME}\.ToString\(\) AS `);
const SPATIAL = new RegExp(
  String
    .raw`^CONVERT\(varbinary\(max\), CONVERT\(binary\(4\), ${NAME}\.STSrid\) \+ `,
);
const VARIANT = new RegExp(
  String
    .raw`^CONVERT\(nvarchar\(128\), SQL_VARIANT_PROPERTY\(${NAME}, 'BaseType'\)\) \+ N':' \+ CASE `,
);

/** @throws {UnknownStatement} For an expression the model doesn't know. */
export function readSelectItem(
  text: string,
  columns: readonly ModelColumn[],
): SelectItem {
  const bare = BARE.exec(text);
  if (bare !== null) return native(find(bare[1], columns));
  const converted = CONVERT.exec(text);
  if (converted !== null) {
    const [, target, name, style] = converted;
    return asText(find(name, columns), target, Number(style ?? 0));
  }
  const [, name] = TO_STRING.exec(text) ?? SPATIAL.exec(text) ??
    VARIANT.exec(text) ?? [];
  if (name === undefined) throw new UnknownStatement(`select item: ${text}`);
  return special(find(name, columns));
}

function find(quoted: string, columns: readonly ModelColumn[]): ModelColumn {
  const name = unquoteName(quoted);
  const column = columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  throw new SqlServerError({
    number: 207,
    message: `Invalid column name '${name}'.`,
  });
}

/** As it is; the client then has to read the type without losing anything. */
function native(source: ModelColumn): SelectItem {
  const { name, type, collation } = source;
  const column = { name, type, ...(collation && { collation }) };
  return { source, column, convert: (value) => value };
}

function asText(
  source: ModelColumn,
  target: string,
  style: number,
): SelectItem {
  const { length } = parseSqlType(target);
  const isText = /^(var)?char\(/.test(source.type);
  return {
    source,
    ...(isText && length !== "max" && style === 0 && {
      declared: source.type.replace(/\(.*\)/, `(${length})`),
    }),
    column: { name: source.name, type: target },
    convert: remembering((value) =>
      fit(convertToText(value, source.type, style), length, isText)
    ),
  };
}

/** Many rows in a row have the same value where tests are about speed. */
function remembering(
  convert: (value: SqlValue) => SqlValue,
): (value: SqlValue) => SqlValue {
  let last: SqlValue = null;
  let result: SqlValue = convert(null);
  return (value) => {
    if (value === last) return result;
    result = convert(value);
    last = value;
    return result;
  };
}

/** Text that doesn't fit is cut without a word; a number would be error 8115. */
function fit(
  text: string | null,
  length: number | "max",
  isText: boolean,
): string | null {
  if (text === null || length === "max" || text.length <= length) return text;
  if (isText) return text.slice(0, length);
  throw new UnknownStatement(`"${text}" doesn't fit ${length} characters`);
}

function special(source: ModelColumn): SelectItem {
  const { name } = source;
  switch (parseSqlType(source.type).name) {
    case "hierarchyid": // The model keeps its text.
      return {
        source,
        column: { name, type: "nvarchar(4000)" },
        convert: (value) => value,
      };
    case "geography": // The model keeps SRID and well-known binary.
    case "geometry":
      return {
        source,
        column: { name, type: "varbinary(max)" },
        convert: (value) => value,
      };
    case "sql_variant":
      return {
        source,
        column: { name, type: "nvarchar(max)" },
        convert: (value) => variantToText(value as VariantValue | null),
      };
    default:
      throw new UnknownStatement(`${source.type} has no such method`);
  }
}

/** The column as the input knows it from sys.columns, to build its text again. */
export function asCaptured(
  { name, type, isComputed }: ModelColumn,
  ordinal: number,
): CapturedColumn {
  return { name, ordinal, isComputed: isComputed ?? false, ...sysColumn(type) };
}
