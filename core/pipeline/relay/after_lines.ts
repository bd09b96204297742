/**
 * Where so many lines end.
 *
 * @module
 */

import { LINE_FEED } from "../../protocol/mod.ts";

/** The first `count` lines, or as many as there are. */
export function afterLines(
  bytes: Uint8Array,
  count: number,
): { readonly lengthBytes: number; readonly lines: number } {
  let lengthBytes = 0;
  let lines = 0;
  while (lines < count && lengthBytes < bytes.length) {
    lengthBytes = bytes.indexOf(LINE_FEED, lengthBytes) + 1;
    lines++;
  }
  return { lengthBytes, lines };
}
