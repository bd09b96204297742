/**
 * A JSON value → a literal of SQL, by the type of its column.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { RowError } from "../../sql/mod.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const DIGITS = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;
const IS_NUMBER = /^(tinyint|smallint|mediumint|int|bigint|decimal)/;
const IS_FLOAT = /^(float|double)/;
const IS_BYTES = /(blob|binary)/;
const IS_MOMENT = /^(datetime|timestamp)/;
const ZONED =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[-+]\d\d(?::?\d\d)?)$/;

/**
 * Digits stay as they are, bytes come from base64, booleans are 1 and 0, a moment
 * with a zone is written in UTC, objects and lists are JSON.
 *
 * @param type As the table has it, in small letters.
 * @throws {RowError} For what the column can't be.
 */
export function literalOf(value: Json, type: string): string {
  switch (typeof value) {
    case "string":
      return textLiteral(value, type);
    case "boolean":
      return type === "json" ? quoted(String(value)) : value ? "1" : "0";
    case "number":
      return IS_NUMBER.test(type) || IS_FLOAT.test(type)
        ? String(value)
        : quoted(String(value));
    default:
      return value === null ? "NULL" : quoted(JSON.stringify(value));
  }
}

function textLiteral(text: string, type: string): string {
  if (IS_NUMBER.test(type) && DIGITS.test(text)) return text;
  if (IS_FLOAT.test(type)) return floatLiteral(text);
  if (IS_BYTES.test(type)) return bytesLiteral(text);
  if (IS_MOMENT.test(type)) return quoted(momentText(text));
  return quoted(type === "json" ? JSON.stringify(text) : text);
}

function floatLiteral(text: string): string {
  if (DIGITS.test(text)) return text;
  throw new RowError(`a number of the database is never ${text}`);
}

function bytesLiteral(text: string): string {
  if (text.length % 4 === 0 && BASE64.test(text)) {
    return `x'${Buffer.from(text, "base64").toString("hex")}'`;
  }
  throw new RowError("a value for a column of bytes is no base64");
}

/** `2026-01-02T03:04:05.1+02:00` → `2026-01-02 01:04:05.1` */
function momentText(text: string): string {
  const [, day, time, fraction = "", zone] = ZONED.exec(text) ?? [];
  if (day === undefined) return text.replace("T", " ");
  const offset = /^[-+]\d\d$/.test(zone) ? `${zone}:00` : zone;
  const moment = new Date(`${day}T${time}${offset}`);
  if (Number.isNaN(moment.getTime())) return text;
  return moment.toISOString().slice(0, 19).replace("T", " ") + fraction;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\n": "\\n",
  "\r": "\\r",
  "\x1a": "\\Z",
  "'": "\\'",
  "\\": "\\\\",
};

/** A text; the session's sql_mode lets a backslash escape. */
export function quoted(text: string): string {
  // deno-lint-ignore no-control-regex
  return `'${text.replace(/[\0\n\r\x1a'\\]/g, (each) => ESCAPES[each])}'`;
}
