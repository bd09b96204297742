/**
 * What the CLI tells an input on stdin, after the start line.
 *
 * @module
 */

import { DstreamError } from "../../base/errors.ts";
import { type CliRecord, parseCliRecord } from "../../protocol/control.ts";
import { LINE_FEED, RECORD_SEPARATOR } from "../../protocol/envelope.ts";
import type { FirstLine } from "./first_line.ts";
import type { Host } from "./host.ts";

/** Records are short; the CLI never sends more than an ack or a stop. */
const MAX_RECORD_BYTES = 64 * 1024;

/**
 * Yields records until stdin ends.
 * @throws {DstreamError} `protocol.record_invalid` or `protocol.record_too_long`.
 */
export async function* readCliRecords(
  host: Host,
  first: FirstLine,
): AsyncGenerator<CliRecord> {
  const buffer = new Uint8Array(MAX_RECORD_BYTES);
  let rest = first.rest;
  for (;;) {
    for (let end; (end = rest.indexOf(LINE_FEED)) >= 0;) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      const isRecord = line[0] === RECORD_SEPARATOR;
      const record = isRecord ? parseCliRecord(line) : undefined;
      if (record !== undefined) yield record;
    }
    if (rest.length >= MAX_RECORD_BYTES) throw tooLong();
    // Keeps the beginning of a record that the read cut in two.
    buffer.set(rest);
    const free = buffer.subarray(rest.length);
    const count = first.isEnd ? undefined : await host.read(free);
    if (count === undefined) return;
    rest = buffer.subarray(0, rest.length + count);
  }
}

function tooLong(): DstreamError {
  return new DstreamError(
    "protocol.record_too_long",
    `a control record is longer than ${MAX_RECORD_BYTES} bytes`,
  );
}
