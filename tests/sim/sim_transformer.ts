/**
 * A transform that takes some envelopes out and refuses others, by their number.
 *
 * @module
 */

import type { RelayTransforms } from "../../core/pipeline/relay/relay_ports.ts";
import type { Plan } from "./plan.ts";
import type { Truth } from "./truth.ts";

/** The transforms of a world, where it has any. */
export function filterOf(
  plan: Plan,
  truth: Truth,
): RelayTransforms["transformer"] | undefined {
  if (plan.filtersOneIn === 0) return undefined;
  return {
    applyChunk: (chunk) => apply(chunk, truth),
    applySchema: (schema) => schema,
  };
}

function apply(chunk: Uint8Array, truth: Truth) {
  const lines = new TextDecoder().decode(chunk).split("\n").slice(0, -1);
  const passed: string[] = [];
  const rejects = [];
  /** Passed, taken out, passed, … */
  const runs = [0];
  for (const [index, text] of lines.entries()) {
    const { i, n } = JSON.parse(text).data;
    const isRefused = truth.isRefused(n);
    const passes = !isRefused && !truth.isFiltered(n);
    const isInPassed = runs.length % 2 === 1;
    if (passes !== isInPassed) runs.push(0);
    runs[runs.length - 1]++;
    if (passes) passed.push(text + "\n");
    if (!isRefused) continue;
    truth.refuse(i, n);
    const line = new TextEncoder().encode(text);
    rejects.push({ index, line, reason: "no", code: "sim" });
  }
  const bytes = new TextEncoder().encode(passed.join(""));
  return { bytes, runs, rejects };
}
