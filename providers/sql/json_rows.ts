/**
 * Rows as JSON texts, joined without parsing.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import type { Row } from "./dialect.ts";

/**
 * One row with the values of both. In the text a name may stand twice then; the
 * last one counts.
 */
export function joinRows(first: Row, second: Row): Row {
  return {
    values: { ...first.values, ...second.values },
    text: joinTexts(first.text, second.text),
  };
}

/** A row of values that have no text of their own. */
export function rowOfValues(values: JsonObject): Row {
  return { values, text: JSON.stringify(values) };
}

function joinTexts(first: string, second: string): string {
  const [one, other] = [inside(first), inside(second)];
  if (one === "" || other === "") return `{${one}${other}}`;
  return `{${one},${other}}`;
}

function inside(text: string): string {
  return text.trim().slice(1, -1).trim();
}
