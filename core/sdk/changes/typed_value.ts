/**
 * A JSON value ⇄ the value a driver takes, by the type of its field.
 *
 * @module
 */

import { isJsonObject } from "../../base/json.ts";
import { Buffer } from "node:buffer";
import { DstreamError } from "../../base/errors.ts";
import type { Json } from "../../protocol/envelope.ts";
import type { FieldType } from "../../protocol/schema.ts";
import {
  exactBytes,
  exactDecimal,
  exactFloat,
  exactFloat32,
  exactInteger,
  type ExactOptions,
} from "./exact_value.ts";

/**
 * `int64` and `uint64` are bigints, smaller integers and floats numbers, `bytes` a
 * Uint8Array; decimals, dates, times and uuids stay text, and `json`, `list`,
 * `struct` and `any` JSON.
 */
export type ExactValue = Json | bigint | Uint8Array;

/** How many bits the integers have, and whether a sign. */
const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

const TEXTS: Readonly<Record<string, RegExp>> = {
  date: /^[+-]?\d{4,}-\d\d-\d\d( BC)?$|^-?infinity$/,
  time: /^\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?$/,
  timestamp:
    /^[+-]?\d{4,}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$|^-?infinity$/,
  timestamptz:
    /^[+-]?\d{4,}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$|^-?infinity$/i,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
};

/**
 * The value of a field as a driver takes it.
 *
 * @throws {DstreamError} `change.value_invalid` for what can't be of this type;
 * the value isn't quoted. Reject the envelope with its message.
 *
 * @example
 * ```ts
 * import { valueOf } from "@dstream/sdk/changes";
 *
 * if (valueOf("9007199254740993", { type: "int64" }) !== 9007199254740993n) {
 *   throw new Error();
 * }
 * ```
 */
export function valueOf(value: Json, field: FieldType): ExactValue {
  if (value === null) return null;
  const found = read(value, field);
  if (found !== undefined) return found;
  throw new DstreamError(
    "change.value_invalid",
    `${describe(value)} is no ${field.type}`,
  );
}

/**
 * The value as it is written in JSON: undoes {@link valueOf}.
 *
 * @throws {TypeError} For a value that isn't of the type.
 */
export function jsonOf(
  value: ExactValue,
  field: FieldType,
  options?: ExactOptions,
): Json {
  if (value === null) return null;
  switch (field.type) {
    case "int64":
    case "uint64":
      return exactInteger(value as bigint);
    case "decimal":
      return exactDecimal(String(value), options);
    case "float32":
      return exactFloat32(value as number);
    case "float64":
      return exactFloat(value as number);
    case "bytes":
      return exactBytes(value as Uint8Array);
    default:
      if (typeof value === "bigint" || value instanceof Uint8Array) {
        throw new TypeError(`a ${typeof value} is no ${field.type}`);
      }
      return value;
  }
}

/** @returns `undefined` for what is not of the type. */
function read(value: Json, field: FieldType): ExactValue | undefined {
  const { type } = field;
  if (type in INTEGERS) return readInteger(value, type);
  if (type in TEXTS) return readText(value, TEXTS[type]);
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "decimal":
      return readDecimal(value);
    case "float32":
      return rounded(readFloat(value));
    case "float64":
      return readFloat(value);
    case "bytes":
      return readBytes(value);
    case "string":
    case "interval":
      return typeof value === "string" ? value : undefined;
    case "list":
      return readList(value, field);
    case "struct":
      return isJsonObject(value) ? value : undefined;
    default:
      return value;
  }
}

function readInteger(value: Json, type: string): ExactValue | undefined {
  const digits = typeof value === "string" ? value : numberText(value);
  if (digits === undefined || !/^[+-]?\d{1,20}$/.test(digits)) return undefined;
  const integer = BigInt(digits.replace(/^\+/, ""));
  const [least, most] = INTEGERS[type];
  if (integer < least || integer > most) return undefined;
  return type.endsWith("64") ? integer : Number(integer);
}

/** A double beyond 2^53 has lost digits already: not an integer any more. */
function numberText(value: Json): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,5})?$/i;

function readDecimal(value: Json): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return undefined;
  return DECIMAL.test(text) || SPECIAL.has(text) ? text : undefined;
}

/** NaN is a decimal too, in Postgres. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

function readFloat(value: Json): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  return SPECIAL.get(value) ??
    (DECIMAL.test(value) ? Number(value) : undefined);
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.fround(value);
}

function readText(value: Json, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function readBytes(value: Json): Uint8Array | undefined {
  const isBase64 = typeof value === "string" && value.length % 4 === 0 &&
    BASE64.test(value);
  return isBase64 ? new Uint8Array(Buffer.from(value, "base64")) : undefined;
}

function readList(value: Json, { element }: FieldType): Json | undefined {
  if (!Array.isArray(value)) return undefined;
  if (element === undefined) return value;
  const isRight = value.every((each: Json) =>
    each === null || read(each, element) !== undefined
  );
  return isRight ? value : undefined;
}

function describe(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return isJsonObject(value) ? "an object" : `a ${typeof value}`;
}
