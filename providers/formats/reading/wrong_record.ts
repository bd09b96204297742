/**
 * A record that is not what its format says, as a line for the dead letters.
 *
 * It has no `data`, so it is no envelope: transforms and outputs refuse it, with
 * `metadata.problem` for the reason. The record goes with it as it stands in the
 * file, so that it can be mended and sent again.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import type { Origin } from "./origin.ts";
import { isUtf8 } from "./utf8.ts";

/** More is left out: escaped it must still be a line, and its place tells where it is. */
const MOST_BYTES = 2 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Where and why. */
export interface WrongRecord {
  readonly origin: Origin;
  readonly line: number;
  readonly table: string | undefined;
  /** "has 3 fields, not 4" */
  readonly reason: string;
  /** As it stands there, line ends included. */
  readonly bytes: Uint8Array;
}

/** One line, with its line feed. */
export function wrongRecordLine(record: WrongRecord): Uint8Array {
  const { origin, line, table, reason } = record;
  const metadata = origin.metadata("line", line, table, {
    problem: `${origin.name}, line ${line}, ${reason}`,
    ...rawOf(withoutLineEnd(record.bytes)),
  });
  return new TextEncoder().encode(`${JSON.stringify({ metadata })}\n`);
}

function rawOf(bytes: Uint8Array): JsonObject {
  const { length } = bytes;
  if (length > MOST_BYTES) return { raw: null, raw_bytes: length };
  return isUtf8(bytes)
    ? { raw: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) }
    : { raw: { base64: base64(bytes) } };
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(binary);
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let { length } = bytes;
  if (bytes[length - 1] === LINE_FEED) length--;
  if (bytes[length - 1] === CARRIAGE_RETURN) length--;
  return bytes.subarray(0, length);
}
