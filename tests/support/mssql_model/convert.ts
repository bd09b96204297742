/**
 * What CONVERT makes of a stored value, by type and style.
 *
 * Written from Microsoft's documentation of CAST and CONVERT, and independently of
 * the statements: a style the documentation doesn't have for a type is an error here.
 *
 * @module
 */

import type { SqlValue, VariantValue } from "../tds/column_type.ts";
import {
  formatDate,
  formatTime,
  parseDateTime,
  rounded,
  UNIT_TICKS,
} from "../tds/dates.ts";
import { type DecimalValue, fromScaled, toScaled } from "../tds/decimals.ts";
import { parseSqlType, type SqlType } from "../tds/sql_type.ts";

/** A style that isn't written is 0. */
type Converter = (value: SqlValue, type: SqlType, style: number) => string;

const NONE = 0;

/**
 * CONVERT(varchar or nvarchar, value, style).
 *
 * @throws {Error} For a combination the model has no answer to.
 */
export function convertToText(
  value: SqlValue,
  typeText: string,
  style: number,
): string | null {
  if (value === null) return null;
  const type = parseSqlType(typeText);
  const convert = CONVERTERS[type.name];
  if (convert === undefined) {
    throw new Error(`the model has no CONVERT of ${typeText} to text`);
  }
  return convert(value, type, style);
}

const asWritten: Converter = (value, _type, style) => {
  expectStyle(style, NONE);
  return String(value);
};

const CONVERTERS: Readonly<Record<string, Converter>> = {
  bit: (value) => value ? "1" : "0",
  tinyint: asWritten,
  smallint: asWritten,
  int: asWritten,
  bigint: asWritten,
  decimal: exact,
  numeric: exact,
  money,
  smallmoney: money,
  real: floating,
  float: floating,
  char: (value, { length }) => String(value).padEnd(Number(length)),
  nchar: (value, { length }) => String(value).padEnd(Number(length)),
  varchar: asWritten,
  nvarchar: asWritten,
  text: asWritten,
  ntext: asWritten,
  xml: asWritten,
  uniqueidentifier: (value) => String(value).toUpperCase(),
  date: (value, _type, style) => {
    expectStyle(style, 23);
    return formatDate(parse(value).days);
  },
  time: (value, { scale }, style) => {
    expectStyle(style, 121);
    return formatTime(rounded(parse(value), 10 ** (7 - scale)).ticks, scale);
  },
  datetime: (value, _type, style) => {
    expectStyle(style, 121);
    // A 300th of a second isn't a whole millisecond.
    const { days, ticks } = rounded(parse(value), ...UNIT_TICKS.datetime);
    return `${formatDate(days)} ${
      formatTime(Math.round(ticks / 10_000) * 10_000, 3)
    }`;
  },
  smalldatetime: (value, _type, style) => {
    expectStyle(style, 120);
    const { days, ticks } = rounded(parse(value), ...UNIT_TICKS.smalldatetime);
    return `${formatDate(days)} ${formatTime(ticks, 0)}`;
  },
  datetime2: (value, { scale }, style) => {
    expectStyle(style, 121);
    return dateAndTime(value, scale);
  },
  datetimeoffset: (value, { scale }, style) => {
    expectStyle(style, 121);
    return `${dateAndTime(value, scale)} ${offset(parse(value).offsetMinutes)}`;
  },
  binary: hexadecimal,
  varbinary: hexadecimal,
};

function expectStyle(style: number, expected: number): void {
  if (style === expected) return;
  throw new Error(`the model converts with style ${expected}, not ${style}`);
}

function exact(value: SqlValue, { scale }: SqlType, style: number): string {
  expectStyle(style, NONE);
  return fromScaled(toScaled(value as DecimalValue, scale), scale);
}

/** Style 2: four digits and no commas; any other has two digits. */
function money(value: SqlValue, _type: SqlType, style: number): string {
  expectStyle(style, 2);
  return fromScaled(toScaled(value as DecimalValue, 4), 4);
}

/** Style 3: always 17 digits. */
function floating(value: SqlValue, _type: SqlType, style: number): string {
  expectStyle(style, 3);
  const [digits, exponent] = Number(value).toExponential(16).split("e");
  const size = exponent.slice(1).padStart(3, "0");
  return `${digits}e${exponent[0]}${size}`;
}

/** Style 2: hexadecimal without 0x. */
function hexadecimal(value: SqlValue, _type: SqlType, style: number): string {
  expectStyle(style, 2);
  return [...value as Uint8Array]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("").toUpperCase();
}

function parse(value: SqlValue) {
  return parseDateTime(value as string);
}

function dateAndTime(value: SqlValue, scale: number): string {
  const { days, ticks } = rounded(parse(value), 10 ** (7 - scale));
  return `${formatDate(days)} ${formatTime(ticks, scale)}`;
}

function offset(minutes: number): string {
  const pad = (part: number) => String(Math.floor(part)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(size / 60)}:${pad(size % 60)}`;
}

/** The styles that lose nothing, by the base type of a sql_variant. */
const VARIANT_STYLES: Readonly<Record<string, number>> = {
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
};

/** The base type, a colon, the value as text. */
export function variantToText(variant: VariantValue | null): string | null {
  if (variant === null) return null;
  const { name } = parseSqlType(variant.type);
  // time, datetime2 and datetimeoffset are converted with seven digits.
  const type = ["time", "datetime2", "datetimeoffset"].includes(name)
    ? `${name}(7)`
    : variant.type;
  const style = VARIANT_STYLES[name] ?? NONE;
  return `${name}:${convertToText(variant.value, type, style)}`;
}
