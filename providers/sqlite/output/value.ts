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

function textValue(text: string, type: "BLOB" | "REAL"): SqliteValue {
  if (type === "REAL") return INFINITE[text] ?? text;
  if (text.length % 4 === 0 && BASE64.test(text)) {
    return Buffer.from(text, "base64");
  }
  throw new RowError("a value for a BLOB is no base64");
}
