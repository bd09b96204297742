/**
 * The memory a run reads into and builds envelopes in, whatever number of files.
 *
 * The kit still writes one batch while the next is made, so of everything that is
 * handed out there are two, used in turn. Room for the longest line is reserved
 * at once; the system gives pages only where they are used, which is about 1 MiB
 * of each unless a line is longer.
 *
 * @module
 */

import { JsonLines, type Region } from "@dstream/sdk/files";

/** How large things may be; tests choose small ones. */
export interface Limits {
  /** The longest line, and the longest envelope made from one. */
  readonly maxLineBytes: number;
  /** How much one read asks for. */
  readonly readBytes: number;
}

/** What a run has. */
export const LIMITS: Limits = {
  maxLineBytes: 16 * 1024 * 1024,
  readBytes: 1024 * 1024,
};

/** The regions of one run. */
export class Buffers {
  readonly jsonLines: JsonLines;
  #input = 0;
  #output = 0;
  #isInputHandedOut = false;

  /**
   * @param batchBytes What a batch should have at most, as the kit says it from
   * time to time: a slow destination gets small ones, so that states come often.
   */
  constructor(
    readonly limits: Limits = LIMITS,
    readonly batchBytes: () => number = () => Infinity,
  ) {
    const { maxLineBytes, readBytes } = limits;
    // A file's last line may lack its line feed, which then needs a place.
    const inputBytes = maxLineBytes + 2 * readBytes + 1;
    this.jsonLines = new JsonLines([
      inputBytes,
      inputBytes,
      maxLineBytes,
      maxLineBytes,
      inputBytes,
    ]);
  }

  /** What is read into now. */
  get input(): Region {
    return this.jsonLines.regions[this.#input];
  }

  /** What envelopes are built in now. */
  get output(): Region {
    return this.jsonLines.regions[2 + this.#output];
  }

  /** For a single line that had to be written anew. */
  get spare(): Region {
    return this.jsonLines.regions[4];
  }

  /** Leaves alone what these lines lie in until the lines after the next. */
  handOut(lines: Uint8Array): void {
    const isBuilt = lines.byteOffset === this.output.bytes.byteOffset;
    if (isBuilt) this.#output = 1 - this.#output;
    else this.#isInputHandedOut = true;
  }

  /**
   * Makes the input one that may be written to.
   * @returns Whether it is another one than before.
   */
  freeInput(): boolean {
    if (!this.#isInputHandedOut) return false;
    this.#input = 1 - this.#input;
    this.#isInputHandedOut = false;
    return true;
  }
}
