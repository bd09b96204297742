/**
 * Texts out of the bytes of JSON, where nothing in them is escaped.
 *
 * @module
 */

import type { BooleanStore } from "./boolean_store.ts";
import type { BytesStore } from "./bytes_store.ts";
import type { FixedStore } from "./fixed_store.ts";
import type { Scan } from "./scan_number.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DASH = 0x2d;
const LETTER_T = 0x74;
const LETTER_F = 0x66;
/** `"123e4567-e89b-12d3-a456-426614174000"` */
const UUID_CHARACTERS = 38;
const NO_DIGIT = 16;
const HEX_DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < NO_DIGIT; digit++) {
  const text = digit.toString(16);
  HEX_DIGITS[text.charCodeAt(0)] = digit;
  HEX_DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

/** What is between the quotes. */
export function textScan(store: BytesStore): Scan {
  return (bytes, from, to, row) =>
    bytes[from] === QUOTE &&
    store.putUnless(row, bytes, from + 1, to - 1, BACKSLASH);
}

/** Any value, as it is written. */
export function jsonScan(store: BytesStore): Scan {
  return (bytes, from, to, row) => {
    store.putBytes(row, bytes, from, to);
    return true;
  };
}

export function booleanScan(store: BooleanStore): Scan {
  return (bytes, from, _to, row) => {
    const first = bytes[from];
    if (first !== LETTER_T && first !== LETTER_F) return false;
    store.put(row, first === LETTER_T);
    return true;
  };
}

/** With dashes, in quotes. */
export function uuidScan(store: FixedStore): Scan {
  return (bytes, from, to, row) => {
    if (to - from !== UUID_CHARACTERS || bytes[from] !== QUOTE) return false;
    const room = store.room(row);
    let at = from + 1;
    for (let index = 0; index < room.length; index++) {
      if (index === 4 || index === 6 || index === 8 || index === 10) {
        if (bytes[at++] !== DASH) return false;
      }
      const high = HEX_DIGITS[bytes[at++]];
      const low = HEX_DIGITS[bytes[at++]];
      if (high === NO_DIGIT || low === NO_DIGIT) return false;
      room[index] = (high << 4) | low;
    }
    return true;
  };
}
