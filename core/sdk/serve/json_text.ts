/**
 * JSON lines looked at as bytes: is it an object, and where is its `data`?
 *
 * Cutting the text out keeps what parsing would lose: digits beyond 2^53, the
 * order of keys, the way numbers were written.
 *
 * @module
 */

import type { Envelope, Json, JsonObject } from "../../protocol/envelope.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A line taken apart. */
export type ParsedLine =
  | { readonly envelope: Envelope; readonly text: string }
  | { readonly envelope?: undefined; readonly problem: string };

/** Whether these bytes are one whole JSON object. */
export function isWholeObject(bytes: Uint8Array): boolean {
  return parseObject(bytes).object !== undefined;
}

/** Reads one line; a problem says why it is no envelope, never quoting it. */
export function parseLine(line: Uint8Array): ParsedLine {
  const { object, text, problem } = parseObject(line);
  if (object === undefined) return { problem };
  const data = "data" in object ? object.data : object.Data;
  const metadata = object.metadata ?? object.Metadata ?? {};
  if (data === undefined) return { problem: problemIn(metadata) };
  if (typeof metadata !== "object" || Array.isArray(metadata)) {
    return { problem: "its `metadata` is not an object" };
  }
  return { text, envelope: { data, metadata: metadata as JsonObject } };
}

/** Why an input could not make an envelope of something, in its own words. */
function problemIn(metadata: Json): string {
  const { problem } = (metadata ?? {}) as { problem?: Json };
  return typeof problem === "string" ? problem : "it has no `data`";
}

type ParsedObject =
  | { readonly object: JsonObject; readonly text: string; problem?: undefined }
  | { object?: undefined; text?: undefined; readonly problem: string };

function parseObject(bytes: Uint8Array): ParsedObject {
  try {
    const text = strict.decode(bytes);
    const object = JSON.parse(text);
    const isObject = typeof object === "object" && object !== null &&
      !Array.isArray(object);
    return isObject ? { object, text } : { problem: "it is not a JSON object" };
  } catch (error) {
    return {
      problem: error instanceof SyntaxError
        ? "it is not JSON"
        : "it is not UTF-8",
    };
  }
}

/**
 * The text of a top-level value.
 *
 * @param text A valid JSON object.
 * @param key Looked for as written, and with a capital as some readers allow.
 *
 * @example
 * ```ts
 * const text = '{"data":{"id":12345678901234567890},"metadata":{}}';
 * if (valueText(text, "data") !== '{"id":12345678901234567890}') throw new Error();
 * ```
 */
export function valueText(text: string, key: string): string | undefined {
  const capital = key[0].toUpperCase() + key.slice(1);
  let found: string | undefined;
  let at = skipSpace(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const name = text.slice(at + 1, keyEnd - 1);
    const start = skipSpace(text, text.indexOf(":", keyEnd) + 1);
    const end = skipValue(text, start);
    // Like JSON.parse: the last of two equal keys counts.
    if (name === key) found = text.slice(start, end);
    else if (name === capital) found ??= text.slice(start, end);
    const comma = skipSpace(text, end);
    at = skipSpace(text, comma + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** @param from At the opening quote. @returns Behind the closing one. */
function skipString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    at = text.indexOf('"', at);
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes++;
    at++;
    if (escapes % 2 === 0) return at;
  }
}

/** @returns Behind the value that begins at `from`. */
function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length;) {
    const char = text[at];
    if (char === '"') {
      at = skipString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === "{" || char === "[") depth++;
    else if (depth === 0 && /[,}\]\s]/.test(char)) return at;
    else if (char === "}" || char === "]") {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
  return text.length;
}
