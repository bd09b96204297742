/**
 * sql_variant (MS-TDS 2.2.5.5.4): each value brings its own type.
 *
 * @module
 */

import type { ByteWriter } from "./byte_writer.ts";
import { LATIN1 } from "./collation.ts";
import {
  FIXED,
  type SqlValue,
  type VariantValue,
  writeDateTime2,
  writeDateTimeOffset,
  writeDecimal,
  writeGuid,
  writeTicks,
} from "./column_type.ts";
import { parseDateTime } from "./dates.ts";
import { type DecimalValue, magnitudeBytes, toScaled } from "./decimals.ts";
import { parseSqlType, type SqlType } from "./sql_type.ts";

/** Length of all, base type, length of the properties, properties, value. */
export function writeVariant(writer: ByteWriter, variant: VariantValue): void {
  const type = parseSqlType(variant.type);
  const place = writer.placeholder(4);
  const fixed = FIXED[type.name];
  if (fixed === undefined) BASE_TYPES[type.name]!(writer, variant.value, type);
  else {
    head(writer, fixed.id, 0);
    fixed.write(writer, variant.value);
  }
  writer.fillU32(place);
}

type Write = (writer: ByteWriter, value: SqlValue, type: SqlType) => void;

const BASE_TYPES: Readonly<Record<string, Write>> = {
  uniqueidentifier: (w, v) => (head(w, 0x24, 0), writeGuid(w, v)),
  date: (w, v) => (head(w, 0x28, 0), w.u24(parseDateTime(v as string).days)),
  time: (w, v, { scale }) => {
    scaled(w, 0x29, scale);
    writeTicks(w, parseDateTime(v as string).ticks, scale);
  },
  datetime2: (w, v, { scale }) => {
    scaled(w, 0x2a, scale);
    writeDateTime2(w, v, scale);
  },
  datetimeoffset: (w, v, { scale }) => {
    scaled(w, 0x2b, scale);
    writeDateTimeOffset(w, v, scale);
  },
  decimal: (w, v, type) => writeDecimalVariant(w, 0x6a, v, type),
  numeric: (w, v, type) => writeDecimalVariant(w, 0x6c, v, type),
  binary: (w, v, { length }) => writeBinary(w, 0xad, v, length),
  varbinary: (w, v, { length }) => writeBinary(w, 0xa5, v, length),
  char: (w, v, { length }) => writeText(w, 0xaf, v, length),
  varchar: (w, v, { length }) => writeText(w, 0xa7, v, length),
  nchar: (w, v, { length }) => writeUnicode(w, 0xef, v, length),
  nvarchar: (w, v, { length }) => writeUnicode(w, 0xe7, v, length),
};

function head(writer: ByteWriter, id: number, propertyBytes: number): void {
  writer.u8(id);
  writer.u8(propertyBytes);
}

function scaled(writer: ByteWriter, id: number, scale: number): void {
  head(writer, id, 1);
  writer.u8(scale);
}

function writeDecimalVariant(
  writer: ByteWriter,
  id: number,
  value: SqlValue,
  { precision, scale }: SqlType,
): void {
  head(writer, id, 2);
  writer.u8(precision);
  writer.u8(scale);
  const scaledValue = toScaled(value as DecimalValue, scale);
  writeDecimal(writer, scaledValue, magnitudeBytes(precision));
}

function writeBinary(
  writer: ByteWriter,
  id: number,
  value: SqlValue,
  length: number | "max",
): void {
  head(writer, id, 2);
  writer.u16(Number(length));
  writer.bytes(value as Uint8Array);
}

function writeText(
  writer: ByteWriter,
  id: number,
  value: SqlValue,
  length: number | "max",
): void {
  head(writer, id, 7);
  writer.bytes(LATIN1.bytes);
  writer.u16(Number(length));
  writer.bytes(LATIN1.encode(value as string));
}

function writeUnicode(
  writer: ByteWriter,
  id: number,
  value: SqlValue,
  length: number | "max",
): void {
  head(writer, id, 7);
  writer.bytes(LATIN1.bytes);
  writer.u16(Number(length) * 2);
  writer.ucs2(value as string);
}
