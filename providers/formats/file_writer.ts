/**
 * A file that is written row after row, whatever its format.
 *
 * @module
 */

import type { OutputBatch } from "@dstream/sdk";
import type { TableSchema } from "@dstream/sdk/changes";

/** Takes finished bytes of a file, in order; they are good until it returns. */
export type Sink = (bytes: Uint8Array) => void;

/** The writer of one file. */
export interface FileWriter extends Disposable {
  /** The memory that {@link makeRoom} would give back, or more. */
  readonly heldBytes: number;
  /**
   * Takes lines of a batch, from one to before another. What the file can't hold is
   * rejected.
   */
  append(batch: OutputBatch, from: number, to: number): Promise<void>;
  /**
   * Goes on with rows of another schema, where that is possible in one file.
   * @returns Whether it is.
   */
  adopt?(schema: TableSchema): boolean;
  /** Writes what waits, where that can be done before the end. */
  makeRoom(): Promise<void>;
  /** Writes the rest. */
  finish(): Promise<void>;
}
