/**
 * A transform that takes some envelopes out and refuses others, by their number.
 *
 * @module
 */

import type { RelayTransforms } from "../../core/pipeline/relay/relay_ports.ts";
import type { Plan } from "./plan.ts";
import type { Truth } from "./truth.ts";

type Transformer = RelayTransforms["transformer"];

/** The transforms of a world, where it has any. */
export function filterOf(plan: Plan, truth: Truth): Transformer | undefined {
  if (plan.filtersOneIn === 0) return undefined;
  return transformerOf({
    isRefused: (n) => truth.isRefused(n),
    isTakenOut: (n) => truth.isFiltered(n),
    refuse: (input, n) => truth.refuse(input, n),
  });
}

/** Those of an output alone. */
export function ownFilterOf(
  plan: Plan,
  output: number,
  truth: Truth,
): Transformer | undefined {
  const { takesOutOneIn, ownRefusesOneIn } = plan.outputs[output];
  if (takesOutOneIn === 0 && ownRefusesOneIn === 0) return undefined;
  return transformerOf({
    isRefused: (n) => truth.isRefusedBy(output, n),
    isTakenOut: (n) => truth.isTakenOut(output, n),
    refuse: (input, n) => truth.refuseBy(output, input, n),
  });
}

interface Rules {
  readonly isRefused: (n: number) => boolean;
  readonly isTakenOut: (n: number) => boolean;
  readonly refuse: (input: number, n: number) => void;
}

function transformerOf(rules: Rules): Transformer {
  return {
    applyChunk: (chunk) => apply(chunk, rules),
    applySchema: (schema) => schema,
  };
}

function apply(chunk: Uint8Array, rules: Rules) {
  const lines = new TextDecoder().decode(chunk).split("\n").slice(0, -1);
  const passed: string[] = [];
  const rejects = [];
  /** Passed, taken out, passed, … */
  const runs = [0];
  for (const [index, text] of lines.entries()) {
    const { i, n } = JSON.parse(text).data;
    const isRefused = rules.isRefused(n);
    const passes = !isRefused && !rules.isTakenOut(n);
    const isInPassed = runs.length % 2 === 1;
    if (passes !== isInPassed) runs.push(0);
    runs[runs.length - 1]++;
    if (passes) passed.push(text + "\n");
    if (!isRefused) continue;
    rules.refuse(i, n);
    const line = new TextEncoder().encode(text);
    rejects.push({ index, line, reason: "no", code: "sim" });
  }
  const bytes = new TextEncoder().encode(passed.join(""));
  return { bytes, runs, rejects };
}
