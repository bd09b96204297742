/**
 * What a format of the `file` output does: bytes for a file out of a batch.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import type { RecordKind } from "./whole_records.ts";

/** The writer of one format. */
export interface Encoder {
  /** How records are told apart in a file that was cut off. */
  readonly recordKind: Exclude<RecordKind, "gzip">;
  /**
   * Whole records, each with its line end; valid until the next call. Envelopes
   * that the format can't hold are rejected.
   */
  encode(batch: OutputBatch): Uint8Array;
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
  encode: ({ bytes }) => bytes,
};
