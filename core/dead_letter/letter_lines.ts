/**
 * The lines of files with dead letters, one at a time: such a file may be larger
 * than the memory.
 *
 * @module
 */

import { joinBytes } from "../base/join_bytes.ts";
import { DstreamError } from "../base/errors.ts";
import { type DeadLetter, parseDeadLetter } from "./letter.ts";

/** One line of a file. */
export interface LetterLine {
  /** Without its line feed. */
  readonly bytes: Uint8Array;
  /** `undefined`: the line is no dead letter. */
  readonly letter: DeadLetter | undefined;
}

const LINE_FEED = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/**
 * Every line of the files, in order, without blank ones and without half a letter
 * at the end: its writer was killed before it could acknowledge it, so what it
 * stands for comes again.
 * @throws {DstreamError} `dead_letter.line_too_long`
 */
export async function* readLetters(
  paths: readonly string[],
  maxLineBytes: number,
): AsyncGenerator<LetterLine> {
  for (const path of paths) {
    for await (const { bytes, isEnded } of readLines(path, maxLineBytes)) {
      if (isBlank(bytes)) continue;
      const letter = parseDeadLetter(bytes);
      if (isEnded || letter !== undefined) yield { bytes, letter };
    }
  }
}

async function* readLines(
  path: string,
  maxLineBytes: number,
): AsyncGenerator<{ bytes: Uint8Array; isEnded: boolean }> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(CHUNK_BYTES);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for (;;) {
    const count = await file.read(chunk);
    if (count === null) break;
    let start = 0;
    for (;;) {
      const end = chunk.subarray(0, count).indexOf(LINE_FEED, start);
      if (end < 0) break;
      held.push(chunk.slice(start, end));
      yield { bytes: joinBytes(held), isEnded: true };
      held = [];
      heldBytes = 0;
      start = end + 1;
    }
    held.push(chunk.slice(start, count));
    heldBytes += count - start;
    if (heldBytes > maxLineBytes) throw tooLong(path, maxLineBytes);
  }
  if (heldBytes > 0) yield { bytes: joinBytes(held), isEnded: false };
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function tooLong(path: string, maxLineBytes: number): DstreamError {
  return new DstreamError(
    "dead_letter.line_too_long",
    `a line of "${path}" has more than ${maxLineBytes} bytes`,
    { hint: "raise max_line_bytes in the task if that is meant" },
  );
}
