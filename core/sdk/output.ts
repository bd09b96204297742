/**
 * What an output provider implements.
 *
 * @module
 */

import type { Envelope } from "../protocol/envelope.ts";
import type { Logger } from "./provider.ts";

/** Lines handed over together, in order. */
export interface OutputBatch {
  /** How many lines; positions in this batch run from 0 to `count - 1`. */
  readonly count: number;
  /** The lines as they came, each with its line feed. Valid during `write`. */
  readonly bytes: Uint8Array;
  /**
   * The lines parsed, on first use; `undefined` where a line is no envelope
   * (the kit has rejected it already). Index = position in the batch.
   */
  readonly envelopes: readonly (Envelope | undefined)[];
  /** One line's bytes, without its line feed. */
  line(index: number): Uint8Array;
  /** This one can't be delivered however often it is tried. */
  reject(index: number, reason: string, code?: string): void;
}

/** What the kit hands to `write`. */
export interface OutputContext {
  /** Aborted when the process must end now. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  now(): number;
  /** The provider's own output: goes to the user's stdout. Waits when slow. */
  print(text: string | Uint8Array): Promise<void>;
  /** Whether the user's stdout takes colours (told by the CLI). */
  readonly hasColours: boolean;
}

/** An opened output. */
export interface Output {
  /**
   * Returns when every line of the batch is durable or rejected; the kit then
   * acknowledges. Never called twice at once. Throwing ends the process.
   */
  write(batch: OutputBatch, context: OutputContext): Promise<void>;
  /** The stream has ended and everything was written: finish, e.g. rename. */
  end?(): Promise<void>;
  /** Called when the run is over, however it ended. */
  close?(): Promise<void>;
}
