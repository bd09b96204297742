/**
 * Asks an executable what it says about itself (protocol README, "spec").
 *
 * @module
 */

import type { Context } from "../context.ts";
import { parseSpec } from "../../core/project/mod.ts";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** @returns `undefined` for an executable that doesn't know the word. */
export async function askForSpec(
  path: string,
  { deps: { spawner, clock } }: Context,
): Promise<string | undefined> {
  let child;
  try {
    child = spawner.spawn({ argv: [path, "spec"] });
  } catch {
    return undefined;
  }
  const over = new AbortController();
  // One that doesn't know it may wait for a start line.
  void clock.sleep(TIMEOUT_MS, over.signal).then(() => child.kill())
    .catch(() => {});
  try {
    await child.stdin.close().catch(() => {});
    const [text] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      child.status,
    ]);
    return parseSpec(text) === undefined ? undefined : text;
  } finally {
    over.abort();
    child.kill();
  }
}

/** What is beyond the bound is read and thrown away: then it is no spec. */
async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    if (text.length < MAX_BYTES) text += decoder.decode(part, { stream: true });
  }
  return text;
}
