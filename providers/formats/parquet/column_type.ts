/**
 * A field of a schema → a column of Parquet, and JSON values → what it holds.
 *
 * Every column is optional: a value that is absent is null there. Times are counts of
 * 64 bits, never INT96; decimals keep precision and scale; what Parquet has no type
 * for is text.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { SchemaElement } from "hyparquet";
import type { Json } from "@dstream/sdk";
import { type FieldType, valueOf } from "@dstream/sdk/changes";
import type { BooleanStore } from "./columns/boolean_store.ts";
import type { BytesStore } from "./columns/bytes_store.ts";
import type { ColumnValue } from "./columns/column_store.ts";
import type { FixedStore } from "./columns/fixed_store.ts";
import {
  decimalScan,
  floatScan,
  integerScan,
  type Scan,
} from "./columns/scan_number.ts";
import {
  booleanScan,
  jsonScan,
  textScan,
  uuidScan,
} from "./columns/scan_text.ts";
import { dateScan, timestampScan } from "./columns/scan_time.ts";
import type { Store } from "./columns/stores.ts";
import type { WordStore } from "./columns/word_store.ts";
import { unscaled } from "./decimal_value.ts";
import { parseExact } from "./row.ts";
import {
  daysOf,
  instantOf,
  type SecondDigits,
  timeOfDay,
} from "./time_values.ts";

/** How values become what a column holds. */
export interface TypeOptions {
  /** Digits of a second's fraction in times. */
  readonly secondDigits: SecondDigits;
  /** Lists and structs as they are, or as JSON text. */
  readonly nested: "structs" | "json";
}

/** One column. */
export interface ColumnType {
  /** It and all below it, the way Parquet lists them. */
  elements(name: string): SchemaElement[];
  /** @throws {WrongValue} for what the column can't hold. */
  convert(value: Json): ColumnValue;
  /** The same from the value's JSON text, with all its digits. */
  read(json: string): ColumnValue;
  /** The same from bytes into a store, for the forms that values usually have. */
  scan?(store: Store): Scan | undefined;
}

/** A value that a column can't hold; the message never shows it. */
export class WrongValue extends Error {}

const MOST_DECIMAL_DIGITS = 38;
const OPTIONAL = { repetition_type: "OPTIONAL" } as const;

/** The column of a field. */
export function columnTypeOf(
  field: FieldType,
  options: TypeOptions,
): ColumnType {
  switch (field.type) {
    case "boolean":
      return leaf(
        { type: "BOOLEAN" },
        (value) => typeof value === "boolean" ? value : fallback(value, field),
        (store) => booleanScan(store as BooleanStore),
      );
    case "int8":
    case "int16":
    case "int32":
    case "uint8":
    case "uint16":
    case "uint32":
      return smallInteger(field);
    case "int64":
    case "uint64":
      return largeInteger(field);
    case "float32":
    case "float64":
      return leaf(
        { type: field.type === "float32" ? "FLOAT" : "DOUBLE" },
        (value) => typeof value === "number" ? value : fallback(value, field),
        (store) => floatScan(store as WordStore),
        (json) => json.charCodeAt(0) < NINE_AFTER ? numberOf(json) : undefined,
      );
    case "decimal":
      return decimal(field);
    case "bytes":
      return leaf({ type: "BYTE_ARRAY" }, (value) => fallback(value, field));
    case "date":
      return leaf(
        {
          type: "INT32",
          converted_type: "DATE",
          logical_type: { type: "DATE" },
        },
        (value) => orWrong(textOr(value, daysOf), value, field),
        (store) => dateScan(store as WordStore),
      );
    case "time":
      return isZoned(field) ? text() : timeColumn(field, options);
    case "timestamp":
    case "timestamptz":
      return timestampColumn(field, options);
    case "uuid":
      return uuid(field);
    case "list":
      return options.nested === "json" || field.element === undefined
        ? jsonText()
        : listColumn(columnTypeOf(field.element, options), field);
    case "struct":
      return options.nested === "json" || (field.fields?.length ?? 0) === 0
        ? jsonText()
        : structColumn(field, options);
    case "json":
    case "any":
      return jsonText();
    case "string":
    case "interval":
      return text();
  }
}

/** Text as it is; what isn't text is wrong. */
function text(): ColumnType {
  return leaf(TEXT, (value) => {
    if (typeof value === "string") return value;
    throw new WrongValue(`${kindOf(value)} is no string`);
  }, (store) => textScan(store as BytesStore));
}

/** Any value, as JSON writes it. */
export function jsonText(): ColumnType {
  return leaf(
    TEXT,
    (value) => JSON.stringify(value),
    (store) => jsonScan(store as BytesStore),
  );
}

const TEXT: Partial<SchemaElement> = {
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
};

/**
 * @param fast From JSON text; `undefined` where {@link parseExact} and `convert` must
 * decide.
 */
function leaf(
  element: Partial<SchemaElement>,
  convert: (value: Json) => ColumnValue,
  scan?: (store: Store) => Scan | undefined,
  fast: (json: string) => ColumnValue = () => undefined,
): ColumnType {
  const orNull = (value: Json) =>
    value === null || value === undefined ? null : convert(value);
  return {
    elements: (name) => [{ ...OPTIONAL, ...element, name }],
    convert: orNull,
    read: (json) =>
      json === "null" ? null : fast(json) ?? orNull(parseExact(json)),
    ...(scan === undefined ? {} : { scan }),
  };
}

/** A JSON number as a double; `undefined` for anything else. */
function numberOf(json: string): number | undefined {
  const value = Number(json);
  return Number.isFinite(value) ? value : undefined;
}

const NINE_AFTER = 0x3a;

function smallInteger(field: FieldType): ColumnType {
  const isSigned = field.type.startsWith("i");
  const bitWidth = Number(field.type.replace(/\D+/, ""));
  const least = isSigned ? -(2 ** (bitWidth - 1)) : 0;
  const most = 2 ** (isSigned ? bitWidth - 1 : bitWidth) - 1;
  return leaf(integerElement("INT32", bitWidth, isSigned), (value) => {
    const isFit = typeof value === "number" && Number.isInteger(value) &&
      value >= least && value <= most;
    return isFit ? value : fallback(value, field);
  }, (store) => integerScan(store as WordStore, least, most));
}

function largeInteger(field: FieldType): ColumnType {
  const isSigned = field.type === "int64";
  return leaf(
    integerElement("INT64", 64, isSigned),
    (value) => {
      const isFit = typeof value === "number" && Number.isSafeInteger(value) &&
        (isSigned || value >= 0);
      return isFit ? BigInt(value) : fallback(value, field);
    },
    (store) =>
      integerScan(store as WordStore, isSigned ? -Infinity : 0, Infinity),
  );
}

function integerElement(
  type: "INT32" | "INT64",
  bitWidth: number,
  isSigned: boolean,
): Partial<SchemaElement> {
  const name = `${isSigned ? "INT" : "UINT"}_${bitWidth}`;
  return {
    type,
    converted_type: name as SchemaElement["converted_type"],
    // The logical type would be the same; hyparquet-writer 0.17 writes it wrong.
  };
}

/** Without a precision, or with too much of it, it is text of all digits. */
function decimal(field: FieldType): ColumnType {
  const { precision, scale = 0 } = field;
  const isFit = precision !== undefined && precision >= 1 &&
    precision <= MOST_DECIMAL_DIGITS && scale >= 0 && scale <= precision;
  if (!isFit) {
    return leaf(TEXT, (value) => String(fallback(value, field)));
  }
  const element: Partial<SchemaElement> = {
    ...(precision <= 9
      ? { type: "INT32" }
      : precision <= 18
      ? { type: "INT64" }
      : { type: "FIXED_LEN_BYTE_ARRAY", type_length: bytesOf(precision) }),
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", precision, scale },
    precision,
    scale,
  };
  const read = (text: string) => unscaled(text, precision, scale);
  return leaf(element, (value) => {
    const digits = typeof value === "number" ? String(value) : value;
    const found = typeof digits === "string" ? read(digits) : undefined;
    if (found !== undefined) return found;
    throw new WrongValue(
      `${kindOf(value)} is no decimal(${precision}, ${scale})`,
    );
  }, (store) => decimalScan(store as WordStore | FixedStore, precision, scale));
}

/** The fewest bytes that hold so many digits and a sign. */
function bytesOf(precision: number): number {
  let bytes = 9;
  while (2n ** BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes++;
  return bytes;
}

function timeColumn(
  field: FieldType,
  { secondDigits }: TypeOptions,
): ColumnType {
  const isMillis = secondDigits === 3;
  const unit = UNITS[secondDigits];
  return leaf({
    type: isMillis ? "INT32" : "INT64",
    ...(unit === "NANOS" ? {} : { converted_type: `TIME_${unit}` as const }),
    logical_type: { type: "TIME", isAdjustedToUTC: false, unit },
  }, (value) => {
    const time = textOr(value, (text) => timeOfDay(text, secondDigits));
    const found = orWrong(time, value, field);
    return isMillis ? Number(found) : found;
  });
}

function timestampColumn(
  field: FieldType,
  { secondDigits }: TypeOptions,
): ColumnType {
  const hasZone = field.type === "timestamptz";
  const unit = UNITS[secondDigits];
  // The older name of the type means UTC always.
  const isOld = hasZone && secondDigits !== 9;
  return leaf({
    type: "INT64",
    ...(isOld
      ? { converted_type: `TIMESTAMP_${unit}` as "TIMESTAMP_MICROS" }
      : {}),
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: hasZone, unit },
  }, (value) => {
    const instant = textOr(
      value,
      (text) => instantOf(text, secondDigits, hasZone),
    );
    const found = orWrong(instant, value, field);
    if (BigInt.asIntN(64, found) === found) return found;
    throw new WrongValue(`a ${field.type} is too far away for ${unit}`);
  }, (store) =>
    // Of nanoseconds there are too many for a double.
    secondDigits === 9
      ? undefined
      : timestampScan(store as WordStore, secondDigits, hasZone));
}

const UNITS = { 3: "MILLIS", 6: "MICROS", 9: "NANOS" } as const;

function uuid(field: FieldType): ColumnType {
  return leaf(
    {
      type: "FIXED_LEN_BYTE_ARRAY",
      type_length: 16,
      logical_type: { type: "UUID" },
    },
    (value) => {
      const found = fallback(value, field) as string;
      return new Uint8Array(Buffer.from(found.replaceAll("-", ""), "hex"));
    },
    (store) => uuidScan(store as FixedStore),
  );
}

function listColumn(element: ColumnType, field: FieldType): ColumnType {
  return {
    elements: (name) => [
      {
        ...OPTIONAL,
        name,
        num_children: 1,
        converted_type: "LIST",
        logical_type: { type: "LIST" },
      },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...element.elements("element"),
    ],
    convert: (value) => {
      if (value === null || value === undefined) return null;
      if (!Array.isArray(value)) fallback(value, field);
      return (value as Json[]).map((each) => element.convert(each));
    },
    read(json) {
      return this.convert(parseExact(json));
    },
  };
}

function structColumn(field: FieldType, options: TypeOptions): ColumnType {
  const columns = field.fields!.map((each) =>
    [each.name, columnTypeOf(each, options)] as const
  );
  return {
    elements: (name) => [
      { ...OPTIONAL, name, num_children: columns.length },
      ...columns.flatMap(([inner, type]) => type.elements(inner)),
    ],
    convert: (value) => {
      if (value === null || value === undefined) return null;
      const object = fallback(value, field) as Record<string, Json>;
      return Object.fromEntries(columns.map(([inner, type]) => {
        const own = Object.hasOwn(object, inner) ? object[inner] : null;
        return [inner, type.convert(own)];
      }));
    },
    read(json) {
      return this.convert(parseExact(json));
    },
  };
}

/** A time with a zone has no type in Parquet. */
function isZoned({ native }: FieldType): boolean {
  return native !== undefined && /tz|with time zone/i.test(native);
}

function textOr<T>(
  value: Json,
  read: (text: string) => T | undefined,
): T | undefined {
  return typeof value === "string" ? read(value) : undefined;
}

function orWrong<T>(found: T | undefined, value: Json, field: FieldType): T {
  if (found !== undefined) return found;
  throw new WrongValue(`${kindOf(value)} is no ${field.type}`);
}

/** What the kit's rules make of it, slower and for every form there is. */
function fallback(value: Json, field: FieldType): unknown {
  try {
    const found = valueOf(value, field);
    return isSmall(field.type) && typeof found === "bigint"
      ? Number(found)
      : found;
  } catch (error) {
    throw new WrongValue((error as Error).message);
  }
}

function isSmall(type: string): boolean {
  return /^u?int(8|16|32)$/.test(type);
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
