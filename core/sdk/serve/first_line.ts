/**
 * The first line on stdin, and what was read along with it.
 *
 * A config written over several lines counts as one: `cat config.json | provider`.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import { DEFAULT_MAX_LINE_BYTES, LINE_FEED } from "../../protocol/envelope.ts";
import type { Host } from "./host.ts";

/** The start line and the bytes behind it. */
export interface FirstLine {
  readonly text: string;
  /** What came in the same read: the first envelopes or control records. */
  readonly rest: Uint8Array;
  /** Whether stdin has ended already. */
  readonly isEnd: boolean;
}

const READ_BYTES = 64 * 1024;

/**
 * @returns `undefined` when stdin ends without a line.
 * @throws {DstreamError} `protocol.start_line_invalid` beyond 16 MiB.
 */
export async function readFirstLine(
  host: Host,
): Promise<FirstLine | undefined> {
  let bytes = new Uint8Array(READ_BYTES);
  let filled = 0;
  for (;;) {
    const count = await host.read(bytes.subarray(filled));
    const from = filled;
    filled += count ?? 0;
    const at = findEnd(bytes.subarray(0, filled), from);
    if (at >= 0) return split(bytes, at, filled);
    if (count === undefined) {
      return filled === 0 ? undefined : ended(bytes, filled);
    }
    if (filled === bytes.length) bytes = grow(bytes);
  }
}

/** The line feed that ends the start line, looked for from `from` on; or -1. */
function findEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(LINE_FEED, from);
  if (at < 0) return -1;
  const first = textOf(bytes, bytes.indexOf(LINE_FEED));
  // Only what can't be a whole line is read on: a wrong one fails at once.
  if (!/[{[,:]\s*$/.test(first)) return at;
  for (; at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) {
    if (isWhole(textOf(bytes, at))) return at;
  }
  return -1;
}

/** Whether it is JSON; only text that could be is parsed. */
function isWhole(text: string): boolean {
  if (!text.trimEnd().endsWith("}")) return false;
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return true;
  } catch {
    return false;
  }
}

function textOf(bytes: Uint8Array, end: number): string {
  return new TextDecoder().decode(bytes.subarray(0, end));
}

function split(bytes: Uint8Array, at: number, filled: number): FirstLine {
  const text = textOf(bytes, at);
  return { text, rest: bytes.slice(at + 1, filled), isEnd: false };
}

function ended(bytes: Uint8Array, filled: number): FirstLine {
  const text = textOf(bytes, filled);
  return { text, rest: new Uint8Array(0), isEnd: true };
}

function grow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length >= DEFAULT_MAX_LINE_BYTES) {
    throw new DstreamError(
      "protocol.start_line_invalid",
      `the first line on stdin is longer than ${DEFAULT_MAX_LINE_BYTES} bytes`,
    );
  }
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
