/**
 * Rows as the text that COPY reads, made of the JSON of their values.
 *
 * A JSON string without a backslash has no tab and no line end, so it is what COPY
 * wants without its quotes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Column, Row } from "../../sql/mod.ts";

const QUOTE = 0x22;
const OPENING_BRACKET = 0x5b;
const LETTER_N = 0x6e;
const OPENING_BRACE = 0x7b;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const IS_TEXT = /^(text|character)/;

type ToField = (cell: string) => string | undefined;

/**
 * Lines of COPY's text format.
 * @param columns Where each value of a row goes; its shape has them all.
 * @returns `undefined` where COPY would not mean the same.
 */
export function copyText(
  rows: readonly Row[],
  columns: readonly Column[],
): string | undefined {
  const fields = columns.map(({ type }) => fieldOf(type));
  const [first] = rows;
  const places = columns.map(({ name }) => first.shape.names.indexOf(name));
  let text = "";
  for (const row of rows) {
    if (!row.hasCells || row.shape !== first.shape) return undefined;
    for (let at = 0; at < fields.length; at++) {
      const field = fields[at](row.cell(places[at]));
      if (field === undefined) return undefined;
      text += at === 0 ? field : `\t${field}`;
    }
    text += "\n";
  }
  return text;
}

function fieldOf(type: string): ToField {
  if (type === "json" || type === "jsonb") return jsonField;
  if (type === "bytea") return bytesField;
  if (type.endsWith("[]")) return () => undefined;
  const isText = IS_TEXT.test(type);
  return (cell) => {
    switch (cell.charCodeAt(0)) {
      case QUOTE:
        return cell.includes("\\")
          ? escaped(JSON.parse(cell))
          : cell.slice(1, -1);
      case LETTER_N:
        return "\\N";
      case OPENING_BRACE:
      case OPENING_BRACKET:
        return isText ? escaped(cell) : undefined;
      default:
        return cell;
    }
  };
}

function jsonField(cell: string): string | undefined {
  return cell === "null" ? "\\N" : escaped(cell);
}

function bytesField(cell: string): string | undefined {
  if (cell === "null") return "\\N";
  const text = cell.slice(1, -1);
  const isBase64 = cell.charCodeAt(0) === QUOTE && text.length % 4 === 0 &&
    BASE64.test(text);
  if (!isBase64) return undefined;
  return `\\\\x${Buffer.from(text, "base64").toString("hex")}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

/** Half of a pair has no UTF-8: the usual way refuses it. */
function escaped(text: string): string | undefined {
  if (!text.isWellFormed()) return undefined;
  return /[\\\t\n\r]/.test(text)
    ? text.replace(/[\\\t\n\r]/g, (each) => ESCAPES[each])
    : text;
}
