/**
 * Questions over a connection in raw mode.
 *
 * @module
 */

import { readInt32 } from "../decode/tuple.ts";
import type { Frames } from "./frames.ts";

const SILENCE_MS = 60_000;
const decoder = new TextDecoder();

/**
 * @returns The first value of the last row, where there is one.
 * @throws {DstreamError} The server's words, with its `sqlState`; the connection is
 * to be closed then.
 */
export async function ask(
  frames: Frames,
  sql: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  let answer: string | undefined;
  frames.query(sql);
  for (;;) {
    while (frames.next()) {
      if (frames.kind === 0x44) answer = firstValue(frames); // DataRow
      else if (frames.kind === 0x45) throw frames.serverError();
      else if (frames.kind === 0x5a) return answer; // ReadyForQuery
    }
    const hasMore = await frames.fill(SILENCE_MS, signal);
    signal.throwIfAborted();
    if (!hasMore) throw new Error("Postgres has not answered for a minute");
  }
}

function firstValue({ bytes, start }: Frames): string | undefined {
  const length = readInt32(bytes, start + 2);
  if (length < 0) return undefined;
  return decoder.decode(bytes.subarray(start + 6, start + 6 + length));
}
