/**
 * Parts of a message as text: values, keys, headers and times, with all digits.
 *
 * @module
 */

import { Buffer, isAscii, isUtf8 } from "node:buffer";
import type { Json, JsonObject } from "@dstream/sdk";
import { connectValue } from "../registry/connect_types.ts";
import { DecodeProblem } from "../registry/decoder.ts";
import type { ReadHeader } from "../wire/record_reader.ts";

/** Why a value is not what `format` says. */
export class ValueProblem extends Error {
  override readonly name = "ValueProblem";
}

/** Numbers of so many digits may be more than a double holds. */
const LONG_NUMBER = /\d{16}/;

/** A third of the bytes has room for every UTF-16 unit. */
export function isLonger(line: string, mostBytes: number): boolean {
  return line.length * 3 > mostBytes && Buffer.byteLength(line) > mostBytes;
}

export function bytesOf(parts: readonly (Buffer | null)[]): number {
  return parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}

export function textOf(bytes: Buffer): string {
  // Most texts are, and it is the quicker way.
  if (isAscii(bytes)) return bytes.toString("latin1");
  if (!isUtf8(bytes)) throw new ValueProblem("it is no UTF-8");
  return bytes.toString("utf8");
}

export function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    throw new ValueProblem(
      text === "" ? "it is empty, which is no JSON" : "it is no JSON",
    );
  }
}

/** JSON may have line breaks between its parts, never in them. */
export function oneLine(text: string): string {
  return text.includes("\n") || text.includes("\r")
    ? text.replace(/[\r\n]+/g, " ")
    : text;
}

/** Text where it is UTF-8, else what it is in base64. */
export function bytesJson(bytes: Buffer | null): string {
  if (bytes === null) return "null";
  return isUtf8(bytes)
    ? JSON.stringify(bytes.toString("utf8"))
    : `{"base64":"${bytes.toString("base64")}"}`;
}

/** Names may be there more than once, so it is a list. */
export function headersJson(headers: readonly ReadHeader[]): string {
  if (headers.length === 0) return "";
  const pairs = headers.map(([name, value]) =>
    `[${bytesJson(name)},${bytesJson(value)}]`
  );
  return `,"headers":[${pairs.join(",")}]`;
}

/** A key that names columns: `{"id":7}`, in Debezium's wrapping or without. */
export function keyObject(key: Buffer | null): JsonObject | undefined {
  const parsed = tryParse(key);
  if (parsed === undefined) return undefined;
  const payload = unwrapped(parsed);
  return typeof payload === "object" && payload !== null &&
      !Array.isArray(payload)
    ? payload as JsonObject
    : parsed;
}

/** A value in Kafka Connect's wrapping, as what its schema says. */
export function unwrapped(value: JsonObject): Json {
  const { schema, payload } = value;
  const isStruct = typeof payload === "object" && payload !== null;
  if (!isStruct || typeof schema !== "object" || schema === null) return value;
  try {
    return connectValue(value);
  } catch (error) {
    if (!(error instanceof DecodeProblem)) throw error;
    throw new ValueProblem(error.message);
  }
}

export function isWrapped(key: Buffer | null): boolean {
  const parsed = tryParse(key);
  return parsed !== undefined && "schema" in parsed && "payload" in parsed;
}

const BRACE = 0x7b;

function tryParse(key: Buffer | null): JsonObject | undefined {
  if (key === null || key[0] !== BRACE) return undefined;
  try {
    const text = key.toString("utf8");
    return LONG_NUMBER.test(text) ? withDigits(text) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ExactJson {
  parse(
    text: string,
    reviver: (
      key: string,
      value: unknown,
      context?: { source?: string },
    ) => unknown,
  ): JsonObject;
  rawJSON(source: string): unknown;
}

/** @param parsed The text, where no number in it is long. */
export function exact(text: string, parsed: Json): Json {
  return LONG_NUMBER.test(text) ? withDigits(text) : parsed;
}

/** Numbers that a double would change keep their digits when they are written. */
function withDigits(text: string): JsonObject {
  const exact = JSON as unknown as ExactJson;
  return exact.parse(text, (_key, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    return JSON.stringify(value) === source ? value : exact.rawJSON(source);
  });
}

let lastMs = NaN;
let lastIso = "";

/** Often the same as for the message before. */
export function iso(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs;
    lastIso = new Date(timeMs).toISOString();
  }
  return lastIso;
}
