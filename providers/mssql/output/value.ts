/**
 * A JSON value → the text that a statement makes the column's value of.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Json } from "@dstream/sdk";
import { RowError } from "../../sql/mod.ts";

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** @throws {RowError} For bytes that aren't base64. */
export function textOf(value: Json | undefined, type: string): string | null {
  switch (typeof value) {
    case "string":
      return isBytes(type) ? hexOf(value) : value;
    case "boolean":
      return type === "bit" ? (value ? "1" : "0") : String(value);
    case "number":
      return String(value);
    default:
      return (value ?? null) === null ? null : JSON.stringify(value);
  }
}

/** `varbinary(8)`, but not `rowversion`, which nobody writes. */
export function isBytes(type: string): boolean {
  return /^(var)?binary|^image/.test(type);
}

/** Types that take any text as it is; a longer one is the server's to refuse. */
export function isText(type: string): boolean {
  return /char|text|^xml|^json|^sysname/.test(type);
}

function hexOf(text: string): string {
  if (text.length % 4 === 0 && BASE64.test(text)) {
    return `0x${Buffer.from(text, "base64").toString("hex")}`;
  }
  throw new RowError("a value for a column of bytes is no base64");
}
