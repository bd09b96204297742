/**
 * The first line on stdin, and what was read along with it.
 *
 * @module
 */

import { DstreamError } from "../../errors.ts";
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
    const at = count === undefined
      ? -1
      : bytes.subarray(0, filled + count).indexOf(LINE_FEED, filled);
    filled += count ?? 0;
    if (at >= 0) return split(bytes, at, filled);
    if (count === undefined) {
      return filled === 0 ? undefined : ended(bytes, filled);
    }
    if (filled === bytes.length) bytes = grow(bytes);
  }
}

function split(bytes: Uint8Array, at: number, filled: number): FirstLine {
  const text = new TextDecoder().decode(bytes.subarray(0, at));
  return { text, rest: bytes.slice(at + 1, filled), isEnd: false };
}

function ended(bytes: Uint8Array, filled: number): FirstLine {
  const text = new TextDecoder().decode(bytes.subarray(0, filled));
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
