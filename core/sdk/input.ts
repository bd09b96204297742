/**
 * What an input provider implements.
 *
 * @module
 */

import type { Envelope, Json } from "../protocol/envelope.ts";
import type { Logger } from "./provider.ts";

/** What an input yields: envelopes that belong together. */
export interface InputBatch {
  /** Serialised by the kit. Leave out when `lines` is there. */
  readonly envelopes?: readonly Envelope[];
  /**
   * Whole envelope lines, each beginning with `{` and ending with a line feed,
   * passed on without looking inside. The kit may keep the buffer until the next
   * batch is asked for, no longer.
   */
  readonly lines?: Uint8Array;
  /** How many lines `lines` holds. */
  readonly lineCount?: number;
  /** "Who starts after everything up to here starts from this." */
  readonly state?: Json;
  /** Called once everything up to here is settled: commit the checkpoint. */
  readonly delivered?: () => void | Promise<void>;
}

/** What the kit hands to `read`. */
export interface InputContext {
  /** Aborted when the CLI asks to stop: finish what is begun, then return. */
  readonly signal: AbortSignal;
  /** Resolves after `delayMs`, or at once (without an error) on stop. */
  sleep(delayMs: number): Promise<void>;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  now(): number;
  /** Shown to the user. */
  progress(message: string, done?: number, total?: number): void;
}

/** An opened input. */
export interface Input {
  /**
   * Called once, after `ready` was said.
   * @param resume The newest settled state of an earlier run.
   */
  read(
    resume: Json | undefined,
    context: InputContext,
  ): AsyncIterable<InputBatch>;
  /** Called when the run is over, however it ended. */
  close?(): Promise<void>;
}
