/**
 * What the relay joins: where lines come from, what happens to them, where they go.
 *
 * @module
 */

import type { DstreamError } from "../../base/errors.ts";
import type { InputRecord, RawSchema } from "../../protocol/mod.ts";
import type { ReplayWindow } from "./window.ts";

/** Whose envelopes are handed over, and which. */
export interface Origin {
  /** Which of the task's inputs. */
  readonly input: number;
  /** How many it had sent before these, since the task began. */
  readonly inputStart: number;
  /**
   * How many of its envelopes became a line each, how many then were taken out, how
   * many then became a line, and so on.
   */
  readonly runs: readonly number[];
}

/** Where lines come from: an input, whichever process plays it. */
export interface RelaySource {
  /** As users know it, for errors. */
  readonly name: string;
  /** Which of the task's inputs. */
  readonly index: number;
  /** Whether control records are taken from it (version 2). */
  readonly hasRecords: boolean;
  readonly strayLines: "drop" | "forward" | "fail";
  /** Envelopes read since the task began. */
  readonly read: number;
  /** Counts so many more and returns the new sum. */
  count(lines: number): number;
  /** Whole lines, valid until the next call but one; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** A control record, at its place in the stream. */
  onRecord(record: InputRecord): void;
  /** A line that is neither envelope nor record. */
  onStray(line: Uint8Array): void;
}

/** Where lines go: an output, whichever process plays it. */
export interface RelayLane {
  readonly window: ReplayWindow;
  /** Waits for room and hands over; `isStaged`: it lies in the window already. */
  hand(
    bytes: Uint8Array,
    lines: number,
    origin: Origin,
    isStaged: boolean,
  ): Promise<void>;
  /** A schema, at its place in the stream. Resolves when more may be handed over. */
  schema(schema: RawSchema): Promise<void>;
  /** Envelopes of which nothing came for this output. */
  tookOut(origin: Origin): void;
  /** Resolves when what was handed over last is written. */
  flush(): Promise<void>;
}

/** The transforms of a task. */
export interface RelayTransforms {
  readonly transformer: {
    applyChunk(chunk: Uint8Array): TransformedChunk;
    /** @returns `undefined` when what they make has no known shape. */
    applySchema(schema: RawSchema): RawSchema | undefined;
  };
  /** Whether refused envelopes have a place; else the first ends the task. */
  readonly keepsRejected: boolean;
  /**
   * Once for each refused envelope, many at a time and in their order. Resolves when
   * more may come, which can be before it has found its place; what it throws ends
   * the task.
   */
  readonly onRejected: (
    rejected: {
      readonly line: Uint8Array;
      /** As the input counts. */
      readonly position: number;
      readonly reason: string;
      readonly code: string;
    },
    source: RelaySource,
  ) => Promise<void>;
}

/** What came of a chunk. */
export interface TransformedChunk {
  readonly bytes: Uint8Array;
  /** As {@link Origin.runs}. */
  readonly runs: readonly number[];
  readonly rejects: readonly {
    /** Which line of the chunk, from 0. */
    readonly index: number;
    readonly line: Uint8Array;
    readonly reason: string;
    readonly code: string;
  }[];
  /** The line that ends the task. */
  readonly failure?: { readonly index: number; readonly error: DstreamError };
}
