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

  get hasCells(): boolean {
    return false;
  }

  cell(_place: number): string {
    throw new Error("its cells aren't known");
  }
}

/** A row of which is known where each value stands in its text. */
class CellRow extends TextRow {
  readonly #ends: Int32Array;
  readonly #at: number;

  /** @param ends From `at` on two for each column: its begin and its end. */
  constructor(shape: Shape, text: string, ends: Int32Array, at: number) {
    super(shape, text);
    this.#ends = ends;
    this.#at = at;
  }

  override get hasCells(): boolean {
    return true;
  }

  override cell(place: number): string {
    const at = this.#at + place * 2;
    return this.text.slice(this.#ends[at], this.#ends[at + 1]);
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

/**
 * A row by its text and the places of its values there.
 * @param ends From `at` on the begin and the end of each.
 */
export function rowOfCells(
  text: string,
  shape: Shape,
  ends: Int32Array,
  at: number,
): Row {
  return new CellRow(shape, text, ends, at);
}

/**
 * A row by the beginning of its text, and values behind it.
 * @param begun `{"id":1,"a":"x"`, or `{` alone.
 * @param shape The columns of both.
 */
export function rowOfMembers(
  begun: string,
  values: JsonObject,
  shape: Shape,
): Row {
  const { members } = shape;
  const first = members.length - Object.keys(values).length;
  let text = begun;
  for (let at = first; at < members.length; at++) {
    if (at > 0) text += ",";
    text += members[at] + JSON.stringify(values[shape.names[at]]);
  }
  return new TextRow(shape, `${text}}`);
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
