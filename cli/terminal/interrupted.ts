/**
 * How a command ends that a signal has stopped.
 *
 * @module
 */

import { exitCodeOfSignal } from "../exit_code.ts";

/** Ctrl+C while something is fetched: no failure, just the end. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly signal: string) {
    super(`stopped by ${signal}`);
  }

  get exitCode(): number {
    return exitCodeOfSignal(this.signal);
  }
}
