/**
 * What a format does on its way out: bytes for a file out of a batch.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";

/** How records are told apart in a file that was cut off. */
export type RecordEnd = "lines" | "csv";

/** The writer of one format whose records stand one after the other. */
export interface Encoder {
  readonly recordKind: RecordEnd;
  /**
   * Whole records, each with its line end; valid until the next call. Envelopes
   * that the format can't hold are rejected.
   *
   * @param from The first line, 0 when left out.
   * @param to The line behind the last one; all when left out.
   */
  encode(batch: OutputBatch, from?: number, to?: number): Uint8Array;
  /** What a new file begins with; asked for after the first `encode`. */
  header?(): Uint8Array | undefined;
  /**
   * Looks at what a file that is gone on with begins with.
   * @throws {ConfigError} when the records would not fit below it.
   */
  adopt?(path: string, begin: Uint8Array): void;
}

/** `envelopes`: the lines as they come, without a look inside. */
export const envelopeEncoder: Encoder = {
  recordKind: "lines",
  encode: (batch, from, to) => linesOf(batch, from, to),
};

/** The bytes of some lines of a batch, with their line ends. */
export function linesOf(
  batch: OutputBatch,
  from = 0,
  to: number = batch.count,
): Uint8Array {
  const { bytes, count } = batch;
  if (from === 0 && to === count) return bytes;
  const placeOf = (index: number) =>
    index === count
      ? bytes.length
      : batch.line(index).byteOffset - bytes.byteOffset;
  return bytes.subarray(placeOf(from), placeOf(to));
}
