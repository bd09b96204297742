/**
 * How far a copy between a registry and a folder is.
 *
 * @module
 */

import type { OnBlob } from "../../core/install/layout_copy.ts";
import { TITLE } from "../../core/registry/artifact.ts";
import { shortDigest } from "../../core/registry/digest.ts";
import type { Context } from "../context.ts";
import { ProgressBars } from "./progress_bars.ts";
import { formatBytes } from "./units.ts";

/** Smaller ones are done before anybody could look. */
const WORTH_A_WORD_BYTES = 64 * 1024;

/** Bars on a terminal, a line for each large blob in a pipe. */
export function blobProgress(
  context: Context,
): Disposable & { readonly onBlob: OnBlob } {
  const { screen, deps: { stderr, clock, env } } = context;
  const isLive = stderr.isTerminal && env.TERM !== "dumb";
  const bars = isLive ? new ProgressBars(screen, clock) : undefined;
  const done = new Set<string>();
  return {
    onBlob(blob, doneBytes) {
      if (blob.size < WORTH_A_WORD_BYTES || done.has(blob.digest)) return;
      const name = blob.annotations?.[TITLE] ?? shortDigest(blob.digest);
      if (doneBytes < blob.size) {
        return bars?.update(name, doneBytes, blob.size);
      }
      done.add(blob.digest);
      bars?.remove(name);
      context.note("copy.done", `${name} (${formatBytes(blob.size)})`);
    },
    [Symbol.dispose]: () => bars?.[Symbol.dispose](),
  };
}
