/**
 * The scanner in TypeScript: for engines without SIMD, and the other opinion in
 * the tests of scanner.wat.
 *
 * @module
 */

import { ENVELOPE_START, LINE_FEED } from "../../../protocol/envelope.ts";
import type { Scan, Scanner } from "./scanner.ts";

/** A {@link Scanner} over ordinary memory. */
export function createPlainScanner(memoryBytes: number): Scanner {
  const memory = new Uint8Array(memoryBytes);
  const range = (ptr: number, len: number) => memory.subarray(ptr, ptr + len);
  return {
    memory,
    isSimd: false,
    countNewlines: (ptr, len) => countNewlines(range(ptr, len)),
    scan: (ptr, len, atLineStart) => scan(range(ptr, len), atLineStart),
    findStray: (ptr, len, atLineStart) =>
      findStray(range(ptr, len), atLineStart),
    findNewline: (ptr, len, nth) => findNewline(range(ptr, len), nth),
    findLastNewline: (ptr, len) => range(ptr, len).lastIndexOf(LINE_FEED),
    findLongLine: (ptr, len, limitBytes) =>
      findLongLine(range(ptr, len), limitBytes),
  };
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (const _ of newlines(bytes)) count++;
  return count;
}

function scan(bytes: Uint8Array, atLineStart: boolean): Scan {
  let envelopes = 0;
  let firstStray = -1;
  for (const start of lineStarts(bytes, atLineStart)) {
    if (bytes[start] === ENVELOPE_START) envelopes++;
    else if (firstStray < 0) firstStray = start;
  }
  return {
    newlines: countNewlines(bytes),
    envelopes,
    firstStray,
    firstNewline: bytes.indexOf(LINE_FEED),
    lastNewline: bytes.lastIndexOf(LINE_FEED),
  };
}

function findStray(bytes: Uint8Array, atLineStart: boolean): number {
  for (const start of lineStarts(bytes, atLineStart)) {
    if (bytes[start] !== ENVELOPE_START) return start;
  }
  return -1;
}

function findNewline(bytes: Uint8Array, nth: number): number {
  for (const at of newlines(bytes)) if (--nth === 0) return at + 1;
  return -1;
}

function findLongLine(bytes: Uint8Array, limitBytes: number): number {
  let start = 0;
  for (const at of newlines(bytes)) {
    if (at - start > limitBytes) return start;
    start = at + 1;
  }
  return bytes.length - start > limitBytes ? start : -1;
}

function* newlines(bytes: Uint8Array): Generator<number> {
  let at = bytes.indexOf(LINE_FEED);
  for (; at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) yield at;
}

function* lineStarts(
  bytes: Uint8Array,
  atLineStart: boolean,
): Generator<number> {
  if (atLineStart && bytes.length > 0) yield 0;
  for (const at of newlines(bytes)) if (at + 1 < bytes.length) yield at + 1;
}
