/**
 * Finds the columns of a row and the values of its key in its text, without making
 * anything of the other values.
 *
 * The text is known to be JSON. One with white space between its members, or with an
 * escape in a name, is left to JSON.parse.
 *
 * @module
 */

import { type Shape, shapeOf } from "./shapes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const SPACE = 0x20;

/** A number that JSON.stringify writes in the same way. */
const PLAIN_INTEGER = /^(0|-?[1-9][0-9]{0,14})$/;

/** What a text tells. */
export interface ScannedRow {
  readonly shape: Shape;
  /**
   * As JSON.stringify would write the list of the key's values; `undefined` where
   * they have to be parsed, or aren't all there.
   */
  readonly keyText: string | undefined;
  /** Where its values stand in the text: two for each column, from `at` on. */
  readonly ends: Int32Array;
  readonly at: number;
}

/** Of the list that rows share; about 1 MiB. */
const SHARED_ENDS = 262_144;

/** Most rows have the shape of the one before. */
export class RowScanner {
  #last: Shape = shapeOf([]);
  /** A new one is begun when it is full: rows keep theirs. */
  #ends = new Int32Array(0);
  #at = 0;

  /** @returns `undefined` where it has to be parsed. */
  scan(
    text: string,
    key: readonly string[] | undefined,
  ): ScannedRow | undefined {
    if (text.charCodeAt(0) !== OPENING_BRACE) return undefined;
    const shape = this.#known(text) ?? this.#unknown(text);
    if (shape === undefined) return undefined;
    this.#last = shape;
    const places = key === undefined ? undefined : shape.placesOf(key);
    const keyText = places === undefined
      ? undefined
      : this.#keyText(text, places);
    const at = this.#at;
    this.#at += shape.names.length * 2;
    return { shape, keyText, ends: this.#ends, at };
  }

  /** The shape of the row before, where this one has it. */
  #known(text: string): Shape | undefined {
    const { members } = this.#last;
    const ends = this.#room(members.length);
    const first = this.#at;
    let at = 1;
    for (let place = 0; place < members.length; place++) {
      const member = members[place];
      if (!text.startsWith(member, at)) return undefined;
      const from = at + member.length;
      const to = valueEnd(text, from);
      if (to < 0) return undefined;
      ends[first + place * 2] = from;
      ends[first + place * 2 + 1] = to;
      at = to + 1;
      const isLast = place === members.length - 1;
      if (text.charCodeAt(to) !== (isLast ? CLOSING_BRACE : COMMA)) {
        return undefined;
      }
    }
    return at === text.length ? this.#last : undefined;
  }

  #unknown(text: string): Shape | undefined {
    const names: string[] = [];
    let at = 1;
    while (text.charCodeAt(at) === QUOTE) {
      const nameEnd = text.indexOf('"', at + 1);
      const name = text.slice(at + 1, nameEnd);
      const isPlain = !name.includes("\\") && !names.includes(name) &&
        text.charCodeAt(nameEnd + 1) === COLON;
      if (!isPlain) return undefined;
      const from = nameEnd + 2;
      const to = valueEnd(text, from);
      if (to < 0) return undefined;
      const ends = this.#room(names.length + 1);
      ends[this.#at + names.length * 2] = from;
      ends[this.#at + names.length * 2 + 1] = to;
      names.push(name);
      at = to + 1;
      if (text.charCodeAt(to) === CLOSING_BRACE) break;
    }
    return at === text.length ? shapeOf(names) : undefined;
  }

  /** Room for a row of so many columns; what it has so far moves along. */
  #room(columns: number): Int32Array {
    if (this.#at + columns * 2 <= this.#ends.length) return this.#ends;
    const next = new Int32Array(Math.max(SHARED_ENDS, columns * 4));
    next.set(this.#ends.subarray(this.#at));
    this.#at = 0;
    return this.#ends = next;
  }

  #keyText(text: string, places: Int32Array): string | undefined {
    let all = "";
    for (let index = 0; index < places.length; index++) {
      const place = this.#at + places[index] * 2;
      const value = text.slice(this.#ends[place], this.#ends[place + 1]);
      const isPlain = value.charCodeAt(0) === QUOTE
        ? !value.includes("\\")
        : PLAIN_INTEGER.test(value);
      if (!isPlain) return undefined;
      all += index === 0 ? `[${value}` : `,${value}`;
    }
    return `${all}]`;
  }
}

/** Behind a value, or -1: white space comes first. */
function valueEnd(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === QUOTE) return stringEnd(text, from);
  if (first === OPENING_BRACE || first === OPENING_BRACKET) {
    return nestedEnd(text, from);
  }
  if (first <= SPACE) return -1;
  for (let at = from + 1;; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA || code === CLOSING_BRACE) return at;
    if (!(code > SPACE)) return -1;
  }
}

/** Behind the closing quote. */
function stringEnd(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
  return count % 2 === 1;
}

function nestedEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    at++;
    if (code === OPENING_BRACE || code === OPENING_BRACKET) depth++;
    else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      if (--depth === 0) return at;
    }
  }
}
