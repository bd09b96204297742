/**
 * A value's text, as Postgres writes it → JSON.
 *
 * The text of a value is the same in the change stream and in COPY (the settings
 * it follows are pinned when connecting), so both are written by these. What a
 * JSON value looks like for each type: docs/postgres.md, "Types".
 *
 * @module
 */

import type { JsonBytes } from "./json_bytes.ts";
import { writeArray } from "./arrays.ts";

/** Writes the value that stands in `source` from `start` to `end`. */
export type ValueWriter = (
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
) => void;

/** How a type is written; see {@link valueWriter}. */
export type ValueKind =
  | "boolean"
  | "number"
  | "int64"
  | "float"
  | "plain"
  | "money"
  | "text"
  | "bytes"
  | "json"
  | "timestamp"
  | "timestamptz";

const QUOTE = 0x22;
const MINUS = 0x2d;
const SPACE = 0x20;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const PLUS = 0x2b;
const DOLLAR = 0x24;
const COMMA = 0x2c;
const TRUE = ascii("true");
const FALSE = ascii("false");
const decoder = new TextDecoder();

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const WRITERS: Readonly<Record<ValueKind, ValueWriter>> = {
  boolean: (json, source, start) =>
    json.raw(source[start] === 0x74 ? TRUE : FALSE),
  number: (json, source, start, end) => json.raw(source, start, end),
  int64: (json, source, start, end) =>
    isSafeInteger(source, start, end)
      ? json.raw(source, start, end)
      : json.quoted(source, start, end),
  float: (json, source, start, end) =>
    isFinite(source, start)
      ? json.raw(source, start, end)
      : json.quoted(source, start, end),
  plain: (json, source, start, end) => json.quoted(source, start, end),
  money: writeMoney,
  text: (json, source, start, end) => json.text(source, start, end),
  bytes: writeBytes,
  json: writeJson,
  timestamp: writeTimestamp,
  timestamptz: writeTimestamp,
};

/** How values of a kind are written. */
export function valueWriter(kind: ValueKind): ValueWriter {
  return WRITERS[kind];
}

/** The same for an array of them. */
export function arrayWriter(
  element: ValueWriter,
  delimiter: string,
): ValueWriter {
  const code = delimiter.charCodeAt(0);
  return (json, source, start, end) =>
    writeArray(json, source, start, end, element, code);
}

/** Up to 15 digits always; 16 by comparing. */
function isSafeInteger(
  source: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start <= 15) return true;
  const number = Number(decoder.decode(source.subarray(start, end)));
  return Number.isSafeInteger(number);
}

/** `NaN`, `Infinity` and `-Infinity` begin otherwise. */
function isFinite(source: Uint8Array, start: number): boolean {
  const first = source[start] === MINUS ? source[start + 1] : source[start];
  return first >= 0x30 && first <= 0x39;
}

/** `-$1,234.50`, as the locale C has it → `-1234.50`. */
function writeMoney(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  json.reserve(end - start + 2);
  const { bytes } = json;
  let at = json.length;
  bytes[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i];
    if (byte !== DOLLAR && byte !== COMMA) bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  json.length = at;
}

/** `\x0a1b` → base64. */
function writeBytes(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  const bytes = Uint8Array.fromHex(
    decoder.decode(source.subarray(start + 2, end)),
  );
  const text = ascii(bytes.toBase64());
  json.quoted(text, 0, text.length);
}

/** JSON as it is spelt; a line feed can only stand between its tokens. */
function writeJson(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  const from = json.length;
  json.raw(source, start, end);
  const { bytes, length } = json;
  for (let i = from; i < length; i++) {
    if (bytes[i] === 0x0a || bytes[i] === 0x0d) bytes[i] = SPACE;
  }
}

/** `2026-03-01 09:30:15.25+00` → `2026-03-01T09:30:15.25Z`; `infinity` stays. */
function writeTimestamp(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
): void {
  json.reserve(end - start + 2);
  const { bytes } = json;
  let at = json.length;
  let isDay = true;
  bytes[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const byte = source[i];
    if (isDay && byte === SPACE) {
      isDay = false;
      bytes[at++] = LETTER_T;
    } else if (byte === PLUS) {
      bytes[at++] = LETTER_Z;
      i += 2; // +00 takes three places where Z takes one; BC may follow
    } else bytes[at++] = byte;
  }
  bytes[at++] = QUOTE;
  json.length = at;
}
