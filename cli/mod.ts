/**
 * Words in, words out; no streaming logic.
 *
 * @module
 */

/** Runs one command line. Returns the exit status. */
export function runCli(_args: readonly string[]): Promise<number> {
  throw new Error("not built yet");
}
