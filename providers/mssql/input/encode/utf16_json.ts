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

/** The same bytes in two ways. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Makes the other way; cheap, but not for every value anew. */
export function bytesOf(bytes: Uint8Array): Bytes {
  const { buffer, byteOffset, byteLength } = bytes;
  return { bytes, view: new DataView(buffer, byteOffset, byteLength) };
}

/** Four units are read and written at once. */
const FOUR_UNITS = 8;
/** What two units below 0x80 don't have. */
const NOT_ASCII = 0xff80ff80;

/**
 * Writes the text between two quotes, as JSON.stringify() does.
 *
 * @param from Where it begins in `source`, in bytes.
 * @param out Has room for {@link MAX_BYTES_PER_UNIT} for each unit, and two more.
 * @param at Where it begins in `out`.
 * @returns Where it ends in `out`.
 */
export function putText(
  source: Bytes,
  from: number,
  to: number,
  out: Bytes,
  at: number,
): number {
  const { bytes: units, view } = source;
  const { bytes: target, view: targetView } = out;
  target[at++] = QUOTE;
  let i = from;
  while (i < to) {
    // Most text is plain from its beginning to its end.
    while (i + FOUR_UNITS <= to) {
      const two = view.getUint32(i, true);
      const more = view.getUint32(i + 4, true);
      if (((two | more) & NOT_ASCII) !== 0) break;
      const a = two & 0x7f;
      const b = two >>> 16;
      const c = more & 0x7f;
      const d = more >>> 16;
      if ((PLAIN[a] & PLAIN[b] & PLAIN[c] & PLAIN[d]) === 0) break;
      targetView.setUint32(at, a | b << 8 | c << 16 | d << 24, true);
      at += 4;
      i += FOUR_UNITS;
    }
    if (i >= to) break;
    const low = units[i];
    if (units[i + 1] === 0 && PLAIN[low] === 1) {
      target[at++] = low;
      i += 2;
    } else {
      const unit = low | units[i + 1] << 8;
      i += 2;
      const next = i < to ? units[i] | units[i + 1] << 8 : 0;
      if (isHigh(unit) && isLow(next)) {
        at = putPair(unit, next, target, at);
        i += 2;
      } else at = putUnit(unit, target, at);
    }
  }
  target[at++] = QUOTE;
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
