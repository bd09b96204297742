/**
 * What became of a line, or of a chunk of lines.
 *
 * @module
 */

import type { DstreamError } from "../base/errors.ts";
import type { RejectCode } from "./verdict.ts";

/** What became of one line; `by` is the step that decided, counted from 0. */
export type LineOutcome =
  | { readonly kind: "pass"; readonly line: Uint8Array }
  | { readonly kind: "drop"; readonly by: number }
  | {
    readonly kind: "reject";
    readonly by: number;
    readonly reason: string;
    readonly code: RejectCode;
  }
  | {
    readonly kind: "fail";
    readonly by: number;
    readonly error: DstreamError;
  };

/** A line that was refused. */
export interface RefusedLine {
  /** Which line of the chunk, counted from 0. */
  readonly index: number;
  /** As it came in, without its line feed; a view into the chunk. */
  readonly line: Uint8Array;
  readonly reason: string;
  readonly code: RejectCode;
  /** Which step refused it, counted from 0. */
  readonly by: number;
}

/** What became of a chunk of whole lines. */
export interface ChunkOutcome {
  /**
   * The lines that passed, in order. It is the chunk itself when all of them pass
   * unchanged, else memory of its own.
   */
  readonly bytes: Uint8Array;
  readonly linesIn: number;
  readonly linesOut: number;
  /**
   * How many lines passed, how many then were taken out, how many then passed, and
   * so on; the sum is `linesIn`. Those taken out were dropped, or are in `rejects`.
   */
  readonly runs: readonly number[];
  readonly rejects: readonly RefusedLine[];
  /** The line that failed the task; it and what follows it is in no count. */
  readonly failure?: { readonly index: number; readonly error: DstreamError };
}
