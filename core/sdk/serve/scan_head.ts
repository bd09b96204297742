/**
 * The four things an output wants of every line, found in the bytes of its metadata
 * without making objects of the rest.
 *
 * The bytes are known to be a JSON object. Without a backslash in a string it ends
 * at the next quote; with one, the whole is parsed instead.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const SPACE = 0x20;

const utf8 = new TextEncoder();
/** What is looked for; values go to the same place in {@link Spots}. */
const WORDS = ["table", "operation", "key", "position"] as const;
const WORD_BYTES = WORDS.map((word) => utf8.encode(word));

/** Where the value of each word lies, quotes left out; -1 where there is none. */
export type Spots = Int32Array;

/** Room for the spots of one line. */
export function createSpots(): Spots {
  return new Int32Array(WORDS.length * 2);
}

/** The place of a word in {@link Spots}: its begin, then its end. */
export const SPOT_OF = { table: 0, operation: 2, key: 4, position: 6 } as const;

/**
 * @param from At the opening brace of the metadata.
 * @param to Behind its closing brace.
 * @returns Whether it could be read: a string with an escape can't.
 */
export function scanHead(
  bytes: Uint8Array,
  from: number,
  to: number,
  spots: Spots,
): boolean {
  spots.fill(-1);
  let at = skipTo(bytes, from + 1, to, QUOTE);
  while (at < to) {
    const keyEnd = stringEnd(bytes, at + 1);
    if (keyEnd < 0) return false;
    const valueFrom = valueStart(bytes, keyEnd + 1);
    const isText = bytes[valueFrom] === QUOTE;
    const valueTo = isText
      ? stringEnd(bytes, valueFrom + 1) + 1
      : valueEnd(bytes, valueFrom);
    if (valueTo <= 0) return false;
    const word = wordAt(bytes, at + 1, keyEnd);
    if (word >= 0) {
      const isWanted = isText !== (word * 2 === SPOT_OF.key);
      spots[word * 2] = isWanted ? valueFrom + Number(isText) : -1;
      spots[word * 2 + 1] = valueTo - Number(isText);
    }
    at = skipTo(bytes, valueTo, to, QUOTE);
  }
  return true;
}

function wordAt(bytes: Uint8Array, from: number, to: number): number {
  for (let word = 0; word < WORD_BYTES.length; word++) {
    const wanted = WORD_BYTES[word];
    if (to - from !== wanted.length || bytes[from] !== wanted[0]) continue;
    let at = 1;
    while (at < wanted.length && bytes[from + at] === wanted[at]) at++;
    if (at === wanted.length) return word;
  }
  return -1;
}

/** @returns Where `byte` is, or `to`. */
function skipTo(
  bytes: Uint8Array,
  from: number,
  to: number,
  byte: number,
): number {
  let at = from;
  while (at < to && bytes[at] !== byte) at++;
  return at;
}

/** @returns The closing quote, or -1: there is an escape before it. */
function stringEnd(bytes: Uint8Array, from: number): number {
  for (let at = from;; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) return -1;
  }
}

function valueStart(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] <= SPACE || bytes[at] === COLON) at++;
  return at;
}

/** Behind a value that is no string, or -1. */
function valueEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from;; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = stringEnd(bytes, at + 1);
        if (at < 0) return -1;
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth++;
        break;
      case COMMA:
        if (depth === 0) return at;
        break;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        // A number may be the last thing in the metadata.
        if (depth === 0) return at;
        if (--depth === 0) return at + 1;
    }
  }
}
