/**
 * Values of an Arrow column as JSON, with all their digits.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { DataType, type Field, TimeUnit, type Vector } from "apache-arrow";

/** Digits of a second, by the unit. */
const FRACTION: Readonly<Record<TimeUnit, number>> = {
  [TimeUnit.SECOND]: 0,
  [TimeUnit.MILLISECOND]: 3,
  [TimeUnit.MICROSECOND]: 6,
  [TimeUnit.NANOSECOND]: 9,
};

/**
 * @returns The JSON of each row.
 * @throws for a type that JSON has no word for.
 */
export function cellsOf(
  { name, type }: Field,
  vector: Vector,
): (row: number) => string {
  const text = textOf(type, name);
  // What a vector gives of these is rounded; its own values are not.
  const isRaw = DataType.isTimestamp(type) || DataType.isTime(type);
  const raw = isRaw ? vector.data[0].values : undefined;
  return (row) => {
    const value = vector.get(row);
    if (value === null || value === undefined) return "null";
    return text(raw === undefined ? value : raw[row]);
  };
}

// deno-lint-ignore no-explicit-any
type Text = (value: any) => string;

function textOf(type: DataType, column: string): Text {
  if (DataType.isNull(type)) return () => "null";
  if (DataType.isDictionary(type)) return textOf(type.dictionary, column);
  if (DataType.isInt(type)) return (value) => String(value);
  if (DataType.isFloat(type) || DataType.isBool(type)) {
    return (value) => JSON.stringify(value);
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    return (value) => JSON.stringify(value);
  }
  if (DataType.isDecimal(type)) return (value) => decimal(value, type.scale);
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? "Z" : "";
    return (value) =>
      `"${timestamp(BigInt(value), FRACTION[type.unit])}${zone}"`;
  }
  if (DataType.isDate(type)) {
    return (value) => `"${new Date(Number(value)).toISOString().slice(0, 10)}"`;
  }
  if (DataType.isTime(type)) {
    return (value) =>
      `"${timestamp(BigInt(value), FRACTION[type.unit]).slice(11)}"`;
  }
  if (DataType.isBinary(type) || DataType.isFixedSizeBinary(type)) {
    return (value) => `"${Buffer.from(value).toString("base64")}"`;
  }
  return nestedText(type, column);
}

function nestedText(type: DataType, column: string): Text {
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const { name } = type.children[0];
    const text = nested(type.children[0].type, `${column}.${name}`);
    return (value) => `[${[...value].map(text).join(",")}]`;
  }
  if (DataType.isStruct(type)) {
    const fields = type.children.map((field) => ({
      field,
      text: nested(field.type, `${column}.${field.name}`),
    }));
    return (value) =>
      `{${
        fields.map(({ field: { name }, text }) =>
          `${JSON.stringify(name)}:${text(value[name])}`
        ).join(",")
      }}`;
  }
  throw new Error(`the column "${column}" is ${type}, which JSON can't say`);
}

/** A vector gives these in milliseconds. */
function nested(type: DataType, column: string): Text {
  const isTime = DataType.isTimestamp(type) || DataType.isTime(type);
  const text = isTime
    ? (ms: number) => JSON.stringify(new Date(Number(ms)).toISOString())
    : textOf(type, column);
  return (value) =>
    value === null || value === undefined ? "null" : text(value);
}

/** `2026-01-31T12:00:00.000001`, of so many fractions of a second. */
function timestamp(count: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const part = ((count % perSecond) + perSecond) % perSecond;
  const seconds = (count - part) / perSecond;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return digits === 0 ? text : `${text}.${String(part).padStart(digits, "0")}`;
}

/** Words of 32 bits, the lowest first, as a number with its scale. */
function decimal(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) {
    value = value << 32n | BigInt(words[i]);
  }
  value = BigInt.asIntN(words.length * 32, value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const part = scale > 0 ? `.${digits.slice(-scale)}` : "";
  return `${value < 0n ? "-" : ""}${whole}${part}`;
}
