/**
 * Values of Kafka Connect's and Debezium's logical types → as every input writes
 * them: counts become dates and times, bytes become decimals.
 *
 * A value says its type where its schema comes along: in JSON with `schema` and
 * `payload`, in Avro as `connect.name`.
 *
 * Source: https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-data-types
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { parseExactJson } from "@dstream/sdk/changes";
import { decimalText } from "./decimals.ts";
import { DecodeProblem } from "./problems.ts";
import { plain } from "./rows.ts";
import { dateText, instantText, timeText, type TimeUnit } from "./times.ts";

/** The type of a value, as Connect's JSON writes it. */
export interface ConnectSchema {
  readonly type?: string;
  readonly optional?: boolean;
  readonly doc?: string;
  readonly name?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly fields?: readonly (ConnectSchema & { readonly field?: string })[];
  readonly items?: ConnectSchema;
  readonly values?: ConnectSchema;
}

type Parameters = Readonly<Record<string, string>>;
type Convert = (value: Json, parameters: Parameters) => Json;

const MOST_DEPTH = 64;
/** What stands where a database did not log a value, as bytes. */
const UNAVAILABLE = "__debezium_unavailable_value";
const UNAVAILABLE_BYTES = Buffer.from(UNAVAILABLE).toString("base64");
/** How Debezium counts Postgres' infinity; as times they are beyond all years. */
const INFINITIES: Readonly<Record<string, ReadonlyMap<bigint, string>>> = {
  // What 32 bits make of more days than they hold, as seen of Debezium 2.7.
  days: new Map([[-622_191_234n, "infinity"], [-625_821_272n, "-infinity"]]),
  millis: new Map([
    [9_223_372_036_825_200n, "infinity"],
    [-9_223_372_036_832_400n, "-infinity"],
  ]),
  micros: new Map([
    [9_223_372_036_825_200_000n, "infinity"],
    [-9_223_372_036_832_400_000n, "-infinity"],
  ]),
  nanos: new Map(),
};

/**
 * A value that comes with its schema, without it.
 *
 * @throws {DecodeProblem} For what can't be of its type.
 *
 * @example
 * ```ts ignore
 * connectValue({ schema: { type: "int32", name: "io.debezium.time.Date" },
 *   payload: -1 }); // "1969-12-31"
 * ```
 */
export function connectValue({ schema, payload }: JsonObject): Json {
  return converted(schema as ConnectSchema, payload ?? null, 0);
}

/** @returns undefined for a type that is no more than what it is made of. */
export function logicalType(
  name: string | undefined,
): Convert | undefined {
  const convert = name === undefined ? undefined : LOGICAL[name];
  return convert && ((value, parameters) => {
    if (value === null || value === UNAVAILABLE) return value;
    try {
      return convert(plain(value), parameters);
    } catch (error) {
      throw new DecodeProblem(
        `a value is no ${name}: ${(error as Error).message}`,
      );
    }
  });
}

function converted(schema: ConnectSchema, value: Json, depth: number): Json {
  if (value === null || depth > MOST_DEPTH) return value;
  const convert = logicalType(schema?.name);
  if (convert !== undefined) return convert(value, schema.parameters ?? {});
  switch (schema?.type) {
    case "struct":
      return struct(schema, value, depth);
    case "array":
      return Array.isArray(value) && schema.items !== undefined
        ? value.map((each: Json) => converted(schema.items!, each, depth + 1))
        : value;
    case "map":
      return isObject(value) && schema.values !== undefined
        ? Object.fromEntries(
          Object.entries(value).map(([name, each]) =>
            [name, converted(schema.values!, each, depth + 1)] as const
          ),
        )
        : value;
    case "bytes":
      return value === UNAVAILABLE_BYTES ? UNAVAILABLE : value;
    default:
      return value;
  }
}

function struct({ fields = [] }: ConnectSchema, value: Json, depth: number) {
  if (!isObject(value)) return value;
  const row: Record<string, Json> = { ...value };
  for (const field of fields) {
    const name = field.field;
    if (name === undefined || row[name] === undefined) continue;
    row[name] = converted(field, row[name], depth + 1);
  }
  return row;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** By its digits: a double beyond 2^53 is another number than it was written as. */
function count(value: Json): bigint {
  return BigInt(String(value));
}

const date: Convert = (value) => {
  const days = count(value);
  return INFINITIES.days.get(days) ?? dateText(Number(days));
};

function time(unit: TimeUnit): Convert {
  return (value) => timeText(count(value), unit);
}

/** Debezium's have no zone: the clock on the wall. */
function timestamp(unit: TimeUnit): Convert {
  return (value) => {
    const number = count(value);
    return INFINITIES[unit].get(number) ?? instantText(number, unit);
  };
}

const decimal: Convert = (value, { scale = "0" }) =>
  typeof value === "string"
    ? decimalText(Buffer.from(value, "base64"), Number(scale))
    : value; // decimal.format = NUMERIC

/** The lowest byte first; the highest bit is written first. */
const bits: Convert = (value, { length }) => {
  const bytes = Buffer.from(value as string, "base64").reverse();
  const text = [...bytes].map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  const digits = Number(length ?? text.length);
  return text.padStart(digits, "0").slice(-digits);
};

const duration: Convert = (value) => {
  const micros = count(value);
  const size = micros < 0n ? -micros : micros;
  const below = String(size % 1_000_000n).padStart(6, "0").replace(/0+$/, "");
  const fraction = below === "" ? "" : `.${below}`;
  return `PT${micros < 0n ? "-" : ""}${size / 1_000_000n}${fraction}S`;
};

const LOGICAL: Readonly<Record<string, Convert>> = {
  "io.debezium.time.Date": date,
  "io.debezium.time.Time": time("millis"),
  "io.debezium.time.MicroTime": time("micros"),
  "io.debezium.time.NanoTime": time("nanos"),
  "io.debezium.time.Timestamp": timestamp("millis"),
  "io.debezium.time.MicroTimestamp": timestamp("micros"),
  "io.debezium.time.NanoTimestamp": timestamp("nanos"),
  "io.debezium.time.MicroDuration": duration,
  "io.debezium.data.Bits": bits,
  "io.debezium.data.Json": (value) => parseExactJson(value as string),
  "io.debezium.data.VariableScaleDecimal": (value) => {
    const { scale, value: bytes } = value as JsonObject;
    return decimalText(Buffer.from(bytes as string, "base64"), Number(scale));
  },
  "org.apache.kafka.connect.data.Date": date,
  "org.apache.kafka.connect.data.Time": time("millis"),
  "org.apache.kafka.connect.data.Timestamp": (value) =>
    `${instantText(count(value), "millis")}Z`,
  "org.apache.kafka.connect.data.Decimal": decimal,
};
