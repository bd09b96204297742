/**
 * How each type is described and sent: TYPE_INFO (MS-TDS 2.2.5.6) and the value in
 * a row (2.2.5.5, 2.2.7.19).
 *
 * @module
 */

import { ByteWriter } from "./byte_writer.ts";
import { type Collation, LATIN1 } from "./collation.ts";
import {
  DAYS_TO_1900,
  parseDateTime,
  rounded,
  toUtc,
  UNIT_TICKS,
} from "./dates.ts";
import { type DecimalValue, magnitudeBytes, toScaled } from "./decimals.ts";
import { parseSqlType, type SqlType } from "./sql_type.ts";
import { writeVariant } from "./variant.ts";

/**
 * A value for a row: text for dates, decimals and GUIDs, bytes for binary types and
 * UDTs, {@linkcode VariantValue} for sql_variant.
 */
export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | VariantValue;

/** A sql_variant: its base type and the value. */
export interface VariantValue {
  readonly type: string;
  readonly value: Exclude<SqlValue, null | VariantValue>;
}

/** A type, ready to be sent. */
export interface ColumnType {
  readonly writeInfo: (writer: ByteWriter) => void;
  /** The value with its length; never called with null. */
  readonly writeValue: (writer: ByteWriter, value: SqlValue) => void;
  /** Missing where the type on the wire has no null. */
  readonly writeNull?: (writer: ByteWriter) => void;
  /** text, ntext and image name their table in COLMETADATA. */
  readonly namesTable?: boolean;
}

/** Choices for a column. */
export interface TypeOptions {
  /** Without nulls, some types have a shorter shape on the wire. */
  readonly isNullable: boolean;
  readonly collation: Collation;
}

/** @returns How to send a column of a type written as in T-SQL. */
export function columnType(
  text: string,
  options: TypeOptions = { isNullable: true, collation: LATIN1 },
): ColumnType {
  const type = parseSqlType(text);
  const fixed = FIXED[type.name];
  if (fixed !== undefined) return fixedType(fixed, options.isNullable);
  return VARIABLE[type.name]!(type, options.collation);
}

/** A type of fixed length: alone, or with a length byte that can say null. */
interface Fixed {
  readonly id: number;
  readonly nullableId: number;
  readonly sizeBytes: number;
  readonly write: (writer: ByteWriter, value: SqlValue) => void;
}

const INTN = 0x26;
const FLTN = 0x6d;
const MONEYN = 0x6e;
const DATETIMN = 0x6f;

/** The types of MS-TDS 2.2.5.4.1. */
export const FIXED: Readonly<Record<string, Fixed>> = {
  bit: fixed(0x32, 0x68, 1, (w, v) => w.u8(v ? 1 : 0)),
  tinyint: fixed(0x30, INTN, 1, (w, v) => w.u8(Number(v))),
  smallint: fixed(0x34, INTN, 2, (w, v) => w.i16(Number(v))),
  int: fixed(0x38, INTN, 4, (w, v) => w.i32(Number(v))),
  bigint: fixed(0x7f, INTN, 8, (w, v) => w.i64(BigInt(v as string))),
  real: fixed(0x3b, FLTN, 4, (w, v) => w.f32(Number(v))),
  float: fixed(0x3e, FLTN, 8, (w, v) => w.f64(Number(v))),
  smallmoney: fixed(0x7a, MONEYN, 4, (w, v) => w.i32(Number(money(v)))),
  money: fixed(0x3c, MONEYN, 8, (w, v) => writeMoney(w, money(v))),
  smalldatetime: fixed(0x3a, DATETIMN, 4, writeSmallDateTime),
  datetime: fixed(0x3d, DATETIMN, 8, writeDateTime),
};

function fixed(
  id: number,
  nullableId: number,
  sizeBytes: number,
  write: Fixed["write"],
): Fixed {
  return { id, nullableId, sizeBytes, write };
}

function fixedType(fixed: Fixed, isNullable: boolean): ColumnType {
  if (!isNullable) {
    return { writeInfo: (w) => w.u8(fixed.id), writeValue: fixed.write };
  }
  return {
    writeInfo: (w) => {
      w.u8(fixed.nullableId);
      w.u8(fixed.sizeBytes);
    },
    writeValue: (w, value) => {
      w.u8(fixed.sizeBytes);
      fixed.write(w, value);
    },
    writeNull: (w) => w.u8(0),
  };
}

function money(value: SqlValue): bigint {
  return toScaled(value as DecimalValue, 4);
}

/** The upper half comes first. */
function writeMoney(writer: ByteWriter, scaled: bigint): void {
  writer.i32(Number(scaled >> 32n));
  writer.u32(Number(scaled & 0xffff_ffffn));
}

function writeSmallDateTime(writer: ByteWriter, value: SqlValue): void {
  const written = parseDateTime(value as string);
  const { days, ticks } = rounded(written, ...UNIT_TICKS.smalldatetime);
  writer.u16(days - DAYS_TO_1900);
  writer.u16(Math.round(ticks / 600_000_000));
}

/** Days since 1900 and 300ths of a second. */
function writeDateTime(writer: ByteWriter, value: SqlValue): void {
  const written = parseDateTime(value as string);
  const { days, ticks } = rounded(written, ...UNIT_TICKS.datetime);
  writer.i32(days - DAYS_TO_1900);
  writer.u32(Math.round(ticks * 3 / 100_000));
}

type Maker = (type: SqlType, collation: Collation) => ColumnType;

const DECIMALN = 0x6a;
const NUMERICN = 0x6c;
const BIGVARBIN = 0xa5;
const BIGVARCHAR = 0xa7;
const BIGBINARY = 0xad;
const BIGCHAR = 0xaf;
const NVARCHAR = 0xe7;
const NCHAR = 0xef;

const VARIABLE: Readonly<Record<string, Maker>> = {
  decimal: (type) => decimalType(DECIMALN, type),
  numeric: (type) => decimalType(NUMERICN, type),
  date: () => byteCounted([0x28], (w, v) => w.u24(parse(v).days)),
  time: ({ scale }) =>
    byteCounted([0x29, scale], (w, v) => writeTicks(w, parse(v).ticks, scale)),
  datetime2: ({ scale }) =>
    byteCounted([0x2a, scale], (w, v) => writeDateTime2(w, v, scale)),
  datetimeoffset: ({ scale }) =>
    byteCounted([0x2b, scale], (w, v) => writeDateTimeOffset(w, v, scale)),
  uniqueidentifier: () => byteCounted([0x24, 16], (w, v) => writeGuid(w, v)),
  char: (type, collation) => stringType(BIGCHAR, type, collation),
  varchar: (type, collation) => stringType(BIGVARCHAR, type, collation),
  nchar: (type) => unicodeType(NCHAR, type),
  nvarchar: (type) => unicodeType(NVARCHAR, type),
  binary: (type) => binaryType(BIGBINARY, type),
  varbinary: (type) => binaryType(BIGVARBIN, type),
  xml: () => plp((w) => (w.u8(0xf1), w.u8(0)), writeUcs2, false),
  sql_variant: () => ({
    writeInfo: (w) => (w.u8(0x62), w.u32(8009)),
    writeValue: (w, v) => writeVariant(w, v as VariantValue),
    writeNull: (w) => w.u32(0),
  }),
  text: (_, collation) =>
    pointed(0x23, collation, (w, v) => w.bytes(collation.encode(String(v)))),
  ntext: (_, collation) => pointed(0x63, collation, writeUcs2),
  image: () => pointed(0x22, undefined, writeBytes),
  geography: () => udt("geography", "SqlGeography"),
  geometry: () => udt("geometry", "SqlGeometry"),
  hierarchyid: () => udt("hierarchyid", "SqlHierarchyId"),
};

function parse(value: SqlValue) {
  return parseDateTime(value as string);
}

/** BYTELEN_TYPE: a byte of length before the value, 0 for null. */
function byteCounted(info: number[], write: Fixed["write"]): ColumnType {
  return {
    writeInfo: (w) => info.forEach((byte) => w.u8(byte)),
    writeValue: (w, value) => {
      const place = w.length;
      w.u8(0);
      write(w, value);
      w.written[place] = w.length - place - 1;
    },
    writeNull: (w) => w.u8(0),
  };
}

function decimalType(id: number, { precision, scale }: SqlType): ColumnType {
  const sizeBytes = magnitudeBytes(precision);
  const info = [id, sizeBytes + 1, precision, scale];
  return byteCounted(
    info,
    (w, v) => writeDecimal(w, toScaled(v as DecimalValue, scale), sizeBytes),
  );
}

/** Sign, then the magnitude. */
export function writeDecimal(
  writer: ByteWriter,
  scaled: bigint,
  sizeBytes: number,
): void {
  writer.u8(scaled < 0n ? 0 : 1);
  let rest = scaled < 0n ? -scaled : scaled;
  for (let written = 0; written < sizeBytes; written += 4) {
    writer.u32(Number(rest & 0xffff_ffffn));
    rest >>= 32n;
  }
}

/** A time of day in units of 10^-scale seconds. */
export function writeTicks(
  writer: ByteWriter,
  ticks: number,
  scale: number,
): void {
  const units = Math.floor(ticks / 10 ** (7 - scale));
  if (scale <= 2) writer.u24(units);
  else if (scale <= 4) writer.u32(units);
  else writer.u40(units);
}

/** Time, then date. */
export function writeDateTime2(
  writer: ByteWriter,
  value: SqlValue,
  scale: number,
): void {
  const { days, ticks } = rounded(parse(value), 10 ** (7 - scale));
  writeTicks(writer, ticks, scale);
  writer.u24(days);
}

/** In UTC, with the offset in minutes behind. */
export function writeDateTimeOffset(
  writer: ByteWriter,
  value: SqlValue,
  scale: number,
): void {
  const utc = toUtc(parse(value));
  const { days, ticks, offsetMinutes } = rounded(utc, 10 ** (7 - scale));
  writeTicks(writer, ticks, scale);
  writer.u24(days);
  writer.i16(offsetMinutes);
}

/** The first three groups are little-endian. */
export function writeGuid(writer: ByteWriter, value: SqlValue): void {
  const hex = String(value).replaceAll(/[{}-]/g, "");
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  for (const at of order) {
    writer.u8(parseInt(hex.slice(at * 2, at * 2 + 2), 16));
  }
}

function writeUcs2(writer: ByteWriter, value: SqlValue): void {
  writer.ucs2(value as string);
}

function writeBytes(writer: ByteWriter, value: SqlValue): void {
  writer.bytes(value as Uint8Array);
}

const MAX = 0xffff;

function stringType(
  id: number,
  { name, length }: SqlType,
  collation: Collation,
): ColumnType {
  const info = (w: ByteWriter) => {
    w.u8(id);
    w.u16(length === "max" ? MAX : length);
    w.bytes(collation.bytes);
  };
  const write = remembering((w, v) => {
    const text = name === "char" ? padded(v, length) : v as string;
    // Every code page begins with ASCII, and most text is nothing else.
    if (!w.ascii(text)) w.bytes(collation.encode(text));
  });
  return length === "max" ? plp(info, write) : shortCounted(info, write);
}

function unicodeType(id: number, { name, length }: SqlType): ColumnType {
  const info = (w: ByteWriter) => {
    w.u8(id);
    w.u16(length === "max" ? MAX : length * 2);
    w.bytes(LATIN1.bytes);
  };
  const write = remembering(
    name === "nchar" ? (w, v) => w.ucs2(padded(v, length)) : writeUcs2,
  );
  return length === "max" ? plp(info, write) : shortCounted(info, write);
}

/** Benchmarks send the same long text again and again: copying is quicker. */
function remembering(write: Fixed["write"]): Fixed["write"] {
  let last: SqlValue = null;
  let bytes = new Uint8Array(0);
  return (writer, value) => {
    if (value === last) return writer.bytes(bytes);
    const start = writer.length;
    write(writer, value);
    last = value;
    bytes = writer.written.slice(start);
  };
}

/** char and nchar are filled up with spaces. */
function padded(value: SqlValue, length: number | "max"): string {
  return (value as string).padEnd(Number(length), " ");
}

function binaryType(id: number, { name, length }: SqlType): ColumnType {
  const info = (w: ByteWriter) => {
    w.u8(id);
    w.u16(length === "max" ? MAX : length);
  };
  const write: Fixed["write"] = (w, v) => {
    writeBytes(w, v);
    if (name === "binary") w.zeros(Number(length) - (v as Uint8Array).length);
  };
  return length === "max" ? plp(info, write) : shortCounted(info, write);
}

/** USHORTLEN_TYPE: two bytes of length, 0xFFFF for null. */
function shortCounted(
  writeInfo: ColumnType["writeInfo"],
  write: Fixed["write"],
): ColumnType {
  return {
    writeInfo,
    writeValue: (w, value) => {
      const place = w.placeholder(2);
      write(w, value);
      w.fillU16(place);
    },
    writeNull: (w) => w.u16(0xffff),
  };
}

const PLP_UNKNOWN_LENGTH = 0xffff_ffff_ffff_fffen;
const PLP_NULL = 0xffff_ffff_ffff_ffffn;
/** A long value comes in several chunks, cut without regard to characters. */
const PLP_CHUNK_BYTES = 8000;

/**
 * Partially length-prefixed bytes (MS-TDS 2.2.5.2.3).
 *
 * @param saysLength Whether the whole length stands before the chunks; both occur.
 */
function plp(
  writeInfo: ColumnType["writeInfo"],
  write: Fixed["write"],
  saysLength = true,
): ColumnType {
  const whole = new ByteWriter();
  return {
    writeInfo,
    writeValue: (w, value) => {
      whole.clear();
      write(whole, value);
      const bytes = whole.written;
      w.u64(saysLength ? BigInt(bytes.length) : PLP_UNKNOWN_LENGTH);
      for (let at = 0; at < bytes.length; at += PLP_CHUNK_BYTES) {
        const chunk = bytes.subarray(at, at + PLP_CHUNK_BYTES);
        w.u32(chunk.length);
        w.bytes(chunk);
      }
      w.u32(0);
    },
    writeNull: (w) => w.u64(PLP_NULL),
  };
}

/** text, ntext, image: a pointer and a timestamp come before the value. */
function pointed(
  id: number,
  collation: Collation | undefined,
  write: Fixed["write"],
): ColumnType {
  return {
    namesTable: true,
    writeInfo: (w) => {
      w.u8(id);
      w.u32(0x7fff_ffff);
      if (collation !== undefined) w.bytes(collation.bytes);
    },
    writeValue: (w, value) => {
      w.u8(16);
      w.zeros(16 + 8);
      const place = w.placeholder(4);
      write(w, value);
      w.fillU32(place);
    },
    writeNull: (w) => w.u8(0),
  };
}

/** UDT_INFO (MS-TDS 2.2.5.5.2). */
function udt(name: string, className: string): ColumnType {
  const info = (w: ByteWriter) => {
    w.u8(0xf0);
    w.u16(name === "hierarchyid" ? 892 : MAX);
    w.bVarchar("");
    w.bVarchar("sys");
    w.bVarchar(name);
    w.usVarchar(
      `Microsoft.SqlServer.Types.${className}, Microsoft.SqlServer.Types, Version=16.0.0.0, Culture=neutral, PublicKeyToken=89845dcd8080cc91`,
    );
  };
  return plp(info, writeBytes);
}
