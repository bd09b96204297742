/**
 * Where a chunk that went through transforms is cut before it is handed over.
 *
 * @module
 */

import type { TransformedChunk } from "./relay_ports.ts";

/**
 * Where it ends here, or is too much at once, what comes before goes first.
 * @param lines How many went in.
 * @param limits What the window holds, and whether refused envelopes have a place.
 * @returns How many lines go first; 0, or all of them: it is not cut.
 */
export function cutAt(
  { bytes, failure, rejects }: TransformedChunk,
  lines: number,
  limits: { readonly capacityBytes: number; readonly keepsRejected: boolean },
): number {
  const isLong = bytes.length > limits.capacityBytes / 2;
  if (isLong) return Math.max(1, lines >> 1);
  const firstRefused = limits.keepsRejected ? undefined : rejects[0]?.index;
  return failure?.index ?? firstRefused ?? 0;
}
