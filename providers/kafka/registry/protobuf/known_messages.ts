/**
 * Messages that Google and Confluent gave a meaning, as values.
 *
 * Source: https://protobuf.dev/programming-guides/json/
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { decimalText } from "../decimals.ts";
import { instant } from "../times.ts";

/** What its fields say. */
type Shape = (fields: JsonObject) => Json;

/** @returns undefined for a message that is no more than its fields. */
export function knownMessage(fullName: string): Shape | undefined {
  return KNOWN[fullName];
}

const value: Shape = (fields) => fields.value;

const KNOWN: Readonly<Record<string, Shape>> = {
  "google.protobuf.Timestamp": ({ seconds, nanos }) =>
    `${
      instant(
        BigInt(seconds as string) * 1_000_000_000n + BigInt(nanos as number),
        digitsOf(nanos as number),
      )
    }Z`,
  "google.protobuf.Duration": durationText,
  "google.protobuf.FieldMask": ({ paths }) => (paths as string[]).join(","),
  "google.protobuf.Struct": (fields) => fields.fields,
  "google.protobuf.ListValue": ({ values }) => values,
  "google.protobuf.Value": choiceOf,
  "google.protobuf.DoubleValue": value,
  "google.protobuf.FloatValue": value,
  "google.protobuf.Int64Value": value,
  "google.protobuf.UInt64Value": value,
  "google.protobuf.Int32Value": value,
  "google.protobuf.UInt32Value": value,
  "google.protobuf.BoolValue": value,
  "google.protobuf.StringValue": value,
  "google.protobuf.BytesValue": value,
  "google.protobuf.Any": ({ type_url, value }) => ({
    "@type": type_url,
    value,
  }),
  "google.type.Date": ({ year, month, day }) =>
    year === 0 || month === 0 || day === 0
      ? { year, month, day } // a part of a date
      : [pad(year, 4), pad(month, 2), pad(day, 2)].join("-"),
  "google.type.TimeOfDay": ({ hours, minutes, seconds, nanos }) =>
    [hours, minutes, seconds].map((each) => pad(each, 2)).join(":") +
    fractionOf(nanos as number),
  "google.type.Decimal": value,
  "confluent.type.Decimal": ({ value, scale }) =>
    decimalText(Buffer.from(value as string, "base64"), scale as number),
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
