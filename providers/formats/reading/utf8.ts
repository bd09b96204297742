/**
 * Finds text that is no UTF-8.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";

/** Whether a JSON reader, or anybody, can decode these bytes. */
export { isUtf8 };

/**
 * @param to The end of whole lines.
 * @returns The begin of the first line in [from, to) that is no UTF-8, or `to`.
 */
export function validLinesTo(
  bytes: Uint8Array,
  from: number,
  to: number,
): number {
  if (isUtf8(bytes.subarray(from, to))) return to;
  for (let at = from; at < to;) {
    const next = bytes.indexOf(0x0a, at) + 1;
    if (!isUtf8(bytes.subarray(at, next))) return at;
    at = next;
  }
  return to;
}

/** How many characters (code points) these bytes are. */
export function countCharacters(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += Number((byte & 0xc0) !== 0x80);
  return count;
}
