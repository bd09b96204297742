/**
 * Array literals of Postgres → JSON lists.
 *
 * `{1,NULL,"a,b"}`, `{{1,2},{3,4}}`, `[0:1]={5,6}` (where it does not begin with 1).
 * Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 *
 * @module
 */

import type { JsonBytes } from "./json_bytes.ts";
import type { ValueWriter } from "./values.ts";

const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NULL = new TextEncoder().encode("null");

/** Writes the array that stands in `source` from `start` to `end`. */
export function writeArray(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  end: number,
  element: ValueWriter,
  delimiter: number,
): void {
  json.reserve(end - start + 2);
  // The bounds of an array that doesn't begin with 1.
  let at = source[start] === 0x5b ? source.indexOf(OPEN, start) : start;
  while (at < end) {
    const byte = source[at];
    if (byte === OPEN) json.raw(BRACKET_OPEN);
    else if (byte === CLOSE) json.raw(BRACKET_CLOSE);
    else if (byte === delimiter) json.raw(COMMA);
    else {
      at = byte === QUOTE
        ? writeQuoted(json, source, at + 1, element)
        : writeBare(json, source, at, end, element, delimiter);
      continue;
    }
    at++;
  }
}

const BRACKET_OPEN = new Uint8Array([0x5b]);
const BRACKET_CLOSE = new Uint8Array([0x5d]);
const COMMA = new Uint8Array([0x2c]);

/** @returns Where to go on: behind the closing quote. */
function writeQuoted(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  element: ValueWriter,
): number {
  let end = start;
  let hasEscape = false;
  while (source[end] !== QUOTE) {
    if (source[end] === BACKSLASH) {
      hasEscape = true;
      end++;
    }
    end++;
  }
  if (hasEscape) {
    const text = unescape(source, start, end);
    element(json, text, 0, text.length);
  } else element(json, source, start, end);
  return end + 1;
}

function unescape(source: Uint8Array, start: number, end: number): Uint8Array {
  const text = new Uint8Array(end - start);
  let length = 0;
  for (let i = start; i < end; i++) {
    if (source[i] === BACKSLASH) i++;
    text[length++] = source[i];
  }
  return text.subarray(0, length);
}

function writeBare(
  json: JsonBytes,
  source: Uint8Array,
  start: number,
  stop: number,
  element: ValueWriter,
  delimiter: number,
): number {
  let end = start;
  while (end < stop && source[end] !== delimiter && source[end] !== CLOSE) {
    end++;
  }
  if (isNull(source, start, end)) json.raw(NULL);
  else element(json, source, start, end);
  return end;
}

/** A text NULL would stand in quotes. */
function isNull(source: Uint8Array, start: number, end: number): boolean {
  return end - start === 4 && source[start] === 0x4e &&
    source[start + 1] === 0x55 && source[start + 2] === 0x4c &&
    source[start + 3] === 0x4c;
}
