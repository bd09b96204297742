/**
 * Messages that Google and Confluent gave a meaning, as values.
 *
 * Source: https://protobuf.dev/programming-guides/json/
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import type { FieldType, FieldTypeName } from "@dstream/sdk/changes";
import { decimalText } from "../decimals.ts";
import { instant } from "../times.ts";

/** How its values are made of its fields, and what they are. */
interface Known {
  readonly shape: (fields: JsonObject) => Json;
  readonly type: FieldType;
}

/** @returns undefined for a message that is no more than its fields. */
export function knownMessage(fullName: string): Known["shape"] | undefined {
  return KNOWN[fullName]?.shape;
}

/** The type of the values; undefined as above. */
export function knownField(fullName: string): FieldType | undefined {
  return KNOWN[fullName]?.type;
}

/** Wraps a value so that it can be missing. */
function wrapper(type: FieldTypeName): Known {
  return { shape: ({ value }) => value, type: { type } };
}

function known(type: FieldType, shape: Known["shape"]): Known {
  return { type, shape };
}

const JSON_VALUE: FieldType = { type: "json" };
const TEXT: FieldType = { type: "string" };

const KNOWN: Readonly<Record<string, Known>> = {
  "google.protobuf.Timestamp": known(
    { type: "timestamptz", precision: 9 },
    ({ seconds, nanos }) =>
      `${
        instant(
          BigInt(seconds as string) * 1_000_000_000n + BigInt(nanos as number),
          digitsOf(nanos as number),
        )
      }Z`,
  ),
  "google.protobuf.Duration": known(TEXT, durationText),
  "google.protobuf.FieldMask": known(
    TEXT,
    ({ paths }) => (paths as string[]).join(","),
  ),
  "google.protobuf.Struct": known(JSON_VALUE, ({ fields }) => fields),
  "google.protobuf.ListValue": known(JSON_VALUE, ({ values }) => values),
  "google.protobuf.Value": known(JSON_VALUE, choiceOf),
  "google.protobuf.DoubleValue": wrapper("float64"),
  "google.protobuf.FloatValue": wrapper("float32"),
  "google.protobuf.Int64Value": wrapper("int64"),
  "google.protobuf.UInt64Value": wrapper("uint64"),
  "google.protobuf.Int32Value": wrapper("int32"),
  "google.protobuf.UInt32Value": wrapper("uint32"),
  "google.protobuf.BoolValue": wrapper("boolean"),
  "google.protobuf.StringValue": wrapper("string"),
  "google.protobuf.BytesValue": wrapper("bytes"),
  "google.protobuf.Any": known(
    JSON_VALUE,
    ({ type_url, value }) => ({ "@type": type_url, value }),
  ),
  "google.type.Date": known(
    { type: "date" },
    ({ year, month, day }) =>
      year === 0 || month === 0 || day === 0
        ? { year, month, day } // a part of a date
        : [pad(year, 4), pad(month, 2), pad(day, 2)].join("-"),
  ),
  "google.type.TimeOfDay": known(
    { type: "time", precision: 9 },
    ({ hours, minutes, seconds, nanos }) =>
      [hours, minutes, seconds].map((each) => pad(each, 2)).join(":") +
      fractionOf(nanos as number),
  ),
  // An empty text stands for 0 there.
  "google.type.Decimal": known(
    { type: "decimal" },
    ({ value }) => value === "" ? "0" : value,
  ),
  "confluent.type.Decimal": known(
    { type: "decimal" },
    ({ value, scale }) =>
      decimalText(Buffer.from(value as string, "base64"), scale as number),
  ),
};

/** `-1.500s` */
function durationText({ seconds, nanos }: JsonObject): Json {
  const isNegative = Number(seconds) < 0 || Number(nanos) < 0;
  const whole = String(seconds).replace("-", "");
  const fraction = fractionOf(Math.abs(nanos as number));
  return `${isNegative ? "-" : ""}${whole}${fraction}s`;
}

function choiceOf(fields: JsonObject): Json {
  const isSet = (value: Json) => value !== null && value !== "NULL_VALUE";
  return fields.stringValue ?? fields.string_value ??
    Object.values(fields).find(isSet) ?? null;
}

function fractionOf(nanos: number): string {
  const digits = digitsOf(nanos);
  return digits === 0 ? "" : `.${pad(nanos, 9).slice(0, digits)}`;
}

/** Of a fraction in nanoseconds: none, three, six or nine. */
function digitsOf(nanos: number): number {
  if (nanos === 0) return 0;
  if (nanos % 1_000_000 === 0) return 3;
  return nanos % 1000 === 0 ? 6 : 9;
}

function pad(value: Json, digits: number): string {
  return String(value).padStart(digits, "0");
}
