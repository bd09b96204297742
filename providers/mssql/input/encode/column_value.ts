/**
 * One value of a column → JSON text, with every digit it has.
 *
 * What arrives is what column_sql.ts selected: numbers, strings and bytes as the
 * driver reads them exactly, and text for the rest. NULL is not seen here.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What the driver hands over for one column; never null here. */
export type SqlValue = string | number | boolean | bigint | Uint8Array;

/** A value as JSON text. */
export type EncodeValue = (value: SqlValue) => string;

/** How values are written. */
export interface ValueOptions {
  /** `string`: every value is a JSON string, as upstream writes them. */
  readonly values: "typed" | "string";
  /** What decimal, numeric and money become. */
  readonly decimals: "string" | "number";
}

/** @returns How values of this type are written. */
export function encoderOf(
  typeName: string,
  options: ValueOptions,
): EncodeValue {
  const typed = typedEncoder(typeName, options);
  if (options.values === "typed") return typed;
  return (value) => {
    const text = typed(value);
    if (text.startsWith('"')) return text;
    return text.startsWith("{") ? JSON.stringify(text) : `"${text}"`;
  };
}

function typedEncoder(typeName: string, options: ValueOptions): EncodeValue {
  switch (typeName) {
    case "bit":
      return (value) => value ? "true" : "false";
    case "tinyint":
    case "smallint":
    case "int":
      return (value) => "" + value;
    case "bigint":
      return (value) => encodeBigint(String(value));
    case "decimal":
    case "numeric":
    case "money":
    case "smallmoney":
      return options.decimals === "number"
        ? (value) => encodeDecimal(String(value))
        : (value) => `"${value}"`;
    case "float":
      return (value) => encodeFloat(value as number);
    case "real":
      return (value) => encodeReal(value as number);
    case "date":
    case "time":
    case "uniqueidentifier":
      return (value) => `"${value}"`;
    case "datetime":
    case "smalldatetime":
    case "datetime2":
    case "datetimeoffset":
      return (value) => `"${isoTime(value as string)}"`;
    case "binary":
    case "varbinary":
    case "image":
    case "timestamp":
    case "rowversion":
      return (value) => `"${base64(value as Uint8Array)}"`;
    case "geography":
    case "geometry":
      return (value) => encodeSpatial(value as Uint8Array);
    case "sql_variant":
      return (value) => encodeVariant(value as string, options);
    default:
      return (value) =>
        JSON.stringify(typeof value === "string" ? value : String(value));
  }
}

/** Whether it arrives as text and is written as it arrives, in quotes. */
export function isWrittenAsText(
  typeName: string,
  { decimals, values }: ValueOptions,
): boolean {
  switch (typeName) {
    case "decimal":
    case "numeric":
    case "money":
    case "smallmoney":
      return decimals === "string" || values === "string";
    case "date":
    case "time":
    case "char":
    case "varchar":
    case "nchar":
    case "nvarchar":
    case "sysname":
    case "xml":
    case "json":
    case "hierarchyid":
      return true;
    default:
      return false;
  }
}

/** Whether it arrives as text in which a T takes the place of the blank. */
export function isTimeText(typeName: string): boolean {
  return typeName === "datetime" || typeName === "smalldatetime" ||
    typeName === "datetime2";
}

/** A number where every reader of JSON sees the same one. */
function encodeBigint(digits: string): string {
  if (digits.length <= 15 || Number.isSafeInteger(Number(digits))) {
    return digits;
  }
  return `"${digits}"`;
}

/** Doubles keep 15 decimal digits, whatever they are. */
const EXACT_DIGITS = 15;

function encodeDecimal(text: string): string {
  const digits = text.replace(/^-?0*\.?0*|\./g, "").length;
  return digits <= EXACT_DIGITS ? withLeadingZero(text) : `"${text}"`;
}

/** JSON has no `.5`. */
function withLeadingZero(text: string): string {
  return text.replace(/^(-?)\./, "$10.");
}

function encodeFloat(value: number): string {
  return Object.is(value, -0) ? "-0" : "" + value;
}

/** The shortest text that is this 32-bit number and no other. */
function encodeReal(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return encodeFloat(short);
  }
  return encodeFloat(Number(value.toPrecision(9)));
}

/** `2026-01-02 03:04:05.6 +02:00` → `2026-01-02T03:04:05.6+02:00`. */
export function isoTime(text: string): string {
  // The first blank is between date and time; another only before an offset.
  const offset = text.indexOf(" ", 19);
  const time = `${text.slice(0, 10)}T`;
  return offset < 0
    ? time + text.slice(11)
    : time + text.slice(11, offset) + text.slice(offset + 1);
}

function base64(bytes: Uint8Array): string {
  return (bytes as Buffer).toString("base64");
}

/** Four bytes of SRID, then well-known binary: see column_sql.ts. */
function encodeSpatial(bytes: Uint8Array): string {
  const srid = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0);
  return `{"srid":${srid},"wkb":"${base64(bytes.subarray(4))}"}`;
}

/** `decimal:1.50` → `{"type":"decimal","value":"1.50"}`. */
function encodeVariant(text: string, options: ValueOptions): string {
  const colon = text.indexOf(":");
  const type = text.slice(0, colon);
  const value = encodeVariantValue(type, text.slice(colon + 1), options);
  return `{"type":${JSON.stringify(type)},"value":${value}}`;
}

function encodeVariantValue(
  type: string,
  text: string,
  options: ValueOptions,
): string {
  switch (type) {
    case "bit":
      return text === "1" ? "true" : "false";
    case "float":
    case "real":
      return typedEncoder(type, options)(Number(text));
    case "binary":
    case "varbinary":
      return `"${base64(bytesOfHex(text))}"`;
    default:
      return typedEncoder(type, options)(text);
  }
}

function bytesOfHex(digits: string): Uint8Array {
  return Buffer.from(digits, "hex");
}
