/**
 * Text as SQL Server sends it (UTF-16, little-endian) → a JSON string in UTF-8,
 * without a JavaScript string in between.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** No unit becomes more bytes than this: `\u001f`. */
export const MAX_BYTES_PER_UNIT = 6;

/** Bytes below 0x80 that stand for themselves. */
const PLAIN = Uint8Array.from(
  { length: 256 },
  (_, byte) =>
    Number(
      byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH,
    ),
);

/** `\n` and the like. */
const SHORT = new Map([
  [0x08, 0x62],
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0c, 0x66],
  [0x0d, 0x72],
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
]);

/**
 * Writes the text between two quotes, as JSON.stringify() does.
 *
 * @param from Where it begins in `source`, in bytes.
 * @param out Has room for {@link MAX_BYTES_PER_UNIT} for each unit, and two more.
 * @param at Where it begins in `out`.
 * @returns Where it ends in `out`.
 */
export function putText(
  source: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  out[at++] = QUOTE;
  let i = from;
  while (i < to) {
    // Four plain units at once: most text is nothing else.
    while (
      i + 8 <= to &&
      (source[i + 1] | source[i + 3] | source[i + 5] | source[i + 7]) === 0 &&
      (PLAIN[source[i]] & PLAIN[source[i + 2]] & PLAIN[source[i + 4]] &
          PLAIN[source[i + 6]]) === 1
    ) {
      out[at] = source[i];
      out[at + 1] = source[i + 2];
      out[at + 2] = source[i + 4];
      out[at + 3] = source[i + 6];
      at += 4;
      i += 8;
    }
    if (i >= to) break;
    const low = source[i];
    if (source[i + 1] === 0 && PLAIN[low] === 1) {
      out[at++] = low;
      i += 2;
    } else {
      const unit = low | source[i + 1] << 8;
      i += 2;
      const next = i < to ? source[i] | source[i + 1] << 8 : 0;
      if (isHigh(unit) && isLow(next)) {
        at = putPair(unit, next, out, at);
        i += 2;
      } else at = putUnit(unit, out, at);
    }
  }
  out[at++] = QUOTE;
  return at;
}

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

function putPair(
  high: number,
  low: number,
  out: Uint8Array,
  at: number,
): number {
  const point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
  out[at++] = 0xf0 | point >> 18;
  out[at++] = 0x80 | point >> 12 & 0x3f;
  out[at++] = 0x80 | point >> 6 & 0x3f;
  out[at++] = 0x80 | point & 0x3f;
  return at;
}

function putUnit(unit: number, out: Uint8Array, at: number): number {
  if (unit < 0x80) return putAscii(unit, out, at);
  // Half a pair is no character: UTF-8 has no bytes for it.
  if ((unit & 0xf800) === 0xd800) return putEscape(unit, out, at);
  if (unit < 0x800) {
    out[at++] = 0xc0 | unit >> 6;
  } else {
    out[at++] = 0xe0 | unit >> 12;
    out[at++] = 0x80 | unit >> 6 & 0x3f;
  }
  out[at++] = 0x80 | unit & 0x3f;
  return at;
}

function putAscii(unit: number, out: Uint8Array, at: number): number {
  const short = SHORT.get(unit);
  if (short !== undefined) {
    out[at++] = BACKSLASH;
    out[at++] = short;
  } else if (unit < 0x20) return putEscape(unit, out, at);
  else out[at++] = unit;
  return at;
}

function putEscape(unit: number, out: Uint8Array, at: number): number {
  const text = `\\u${unit.toString(16).padStart(4, "0")}`;
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}
