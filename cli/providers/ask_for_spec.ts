/**
 * Asks an executable what it says about itself (protocol README, "spec").
 *
 * @module
 */

import { ask } from "../../core/ports/ask.ts";
import { parseSpec } from "../../core/project/mod.ts";
import type { Context } from "../context.ts";

/** An executable that doesn't know the word may wait for a start line. */
const TIMEOUT_MS = 10_000;
/** A longer text is cut, and then it is no spec. */
const MAX_OUTPUT = 4 * 1024 * 1024;

/** @returns `undefined` for an executable that doesn't know the word. */
export async function askForSpec(
  argv: readonly string[],
  { deps: { spawner, clock } }: Context,
): Promise<string | undefined> {
  let child;
  try {
    child = spawner.spawn({ argv: [...argv, "spec"] });
  } catch {
    return undefined;
  }
  const bounds = { timeoutMs: TIMEOUT_MS, maxOutput: MAX_OUTPUT };
  try {
    const { output } = await ask(child, bounds, clock);
    return parseSpec(output) === undefined ? undefined : output;
  } finally {
    child.kill();
  }
}
