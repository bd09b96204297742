/**
 * How the fake programs of Singer are started.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const START = [Deno.execPath(), "run", "-A", "--no-check", "--quiet"];

/** See fake_tap.ts. */
export const FAKE_TAP: readonly string[] = [...START, fileOf("./fake_tap.ts")];

/** See fake_target.ts. */
export const FAKE_TARGET: readonly string[] = [
  ...START,
  fileOf("./fake_target.ts"),
];

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
