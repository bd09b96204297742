/**
 * Rows as JSON texts, joined without parsing.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import type { Row } from "./dialect.ts";
import { type Shape, shapeOf } from "./shapes.ts";

/** A row whose values are parsed when somebody asks. */
class TextRow implements Row {
  readonly shape: Shape;
  readonly text: string;
  #values: JsonObject | undefined;

  constructor(shape: Shape, text: string, values?: JsonObject) {
    this.shape = shape;
    this.text = text;
    this.#values = values;
  }

  get values(): JsonObject {
    return this.#values ??= JSON.parse(this.text);
  }
}

/** A row by its text, which has just these columns. */
export function rowOfText(
  text: string,
  shape: Shape,
  values?: JsonObject,
): Row {
  return new TextRow(shape, text, values);
}

/** A row of values that have no text of their own. */
export function rowOfValues(values: JsonObject): Row {
  const shape = shapeOf(Object.keys(values));
  return new TextRow(shape, JSON.stringify(values), values);
}

/**
 * One row with the values of both. In the text a name may stand twice then; the
 * last one counts.
 */
export function joinRows(first: Row, second: Row): Row {
  const text = joinTexts(first.text, second.text);
  return new TextRow(first.shape.with(second.shape), text);
}

function joinTexts(first: string, second: string): string {
  const [one, other] = [inside(first), inside(second)];
  if (one === "" || other === "") return `{${one}${other}}`;
  return `{${one},${other}}`;
}

function inside(text: string): string {
  return text.trim().slice(1, -1).trim();
}
