/**
 * A JSON value → the value SQLite stores, by the type of its column.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { RowError } from "../../sql/mod.ts";

/** What node:sqlite takes. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

const QUOTE = 0x22;
const LETTER_F = 0x66;
const LETTER_N = 0x6e;
const LETTER_T = 0x74;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const INFINITE: Readonly<Record<string, number>> = {
  "Infinity": Infinity,
  "-Infinity": -Infinity,
};

/**
 * Digits stay text, which a column of integers makes an integer of; bytes come
 * from base64, booleans are 1 and 0, objects and lists JSON.
 *
 * @param type As the table has it, in capitals.
 * @returns What makes the value; it throws RowError for bytes that aren't base64.
 */
export function toSqlite(type: string): (value: Json) => SqliteValue {
  const isText = /TEXT|CHAR|CLOB/.test(type);
  return (value) => {
    switch (typeof value) {
      case "string":
        return type === "BLOB" || type === "REAL"
          ? textValue(value, type)
          : value;
      case "boolean":
        return value ? 1 : 0;
      case "number":
        return isText ? String(value) : value;
      default:
        return (value ?? null) === null ? null : JSON.stringify(value);
    }
  };
}

/**
 * The same of a value's JSON, which is parsed only where a text has an escape. So
 * the digits of numbers, and lists and objects, stay as they came.
 */
export function cellToSqlite(type: string): (cell: string) => SqliteValue {
  const ofValue = toSqlite(type);
  const isPlain = type !== "BLOB" && type !== "REAL";
  // Such a column leaves a value as it is given, and digits would stay text.
  const isAny = /^(ANY)?$|BLOB/.test(type);
  const isInteger = /INT/.test(type);
  return (cell) => {
    switch (cell.charCodeAt(0)) {
      case QUOTE:
        return cell.includes("\\")
          ? ofValue(JSON.parse(cell))
          : isPlain
          ? cell.slice(1, -1)
          : ofValue(cell.slice(1, -1));
      case LETTER_T:
        return 1;
      case LETTER_F:
        return 0;
      case LETTER_N:
        return null;
      default:
        // A number's digits, a list or an object.
        if (isInteger) return integerOr(cell);
        if (type === "REAL") return realOr(cell);
        return isAny ? ofValue(JSON.parse(cell)) : cell;
    }
  };
}

/** SQLite's own reading of digits is off by the last bit in older versions. */
function realOr(cell: string): SqliteValue {
  const value = Number(cell);
  return Number.isNaN(value) ? cell : value;
}

/** A number is bound in half the time, and stored the same where it is exact. */
function integerOr(cell: string): SqliteValue {
  const value = Number(cell);
  return Number.isSafeInteger(value) ? value : cell;
}

function textValue(text: string, type: "BLOB" | "REAL"): SqliteValue {
  if (type === "REAL") return INFINITE[text] ?? text;
  if (text.length % 4 === 0 && BASE64.test(text)) {
    return Buffer.from(text, "base64");
  }
  throw new RowError("a value for a BLOB is no base64");
}
