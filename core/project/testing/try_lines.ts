/**
 * What a task does with envelopes, as far as that needs no provider: its transforms,
 * what each output's own let pass, what becomes a dead letter.
 *
 * @module
 */

import type { ProviderBlock, Task } from "../../config/task.ts";
import { TASK_TRANSFORMS, transformsOf } from "../../base/letter_origin.ts";
import type { LineOutcome } from "../../transform/mod.ts";
import { outputName, type Router } from "../router.ts";

/** What one output gets. */
export interface TriedOutput {
  readonly block: ProviderBlock;
  /** JSON texts. */
  readonly lines: string[];
}

/** A refused envelope. */
export interface TriedLetter {
  /** As it was before the transforms that refused it. */
  readonly line: string;
  readonly reason: string;
  /** Who refused it, as a real letter has it. */
  readonly output: string;
}

/** What came of all lines. */
export interface Tried {
  readonly outputs: readonly TriedOutput[];
  readonly letters: TriedLetter[];
  filtered: number;
  /** Why the task would end here; what follows was not tried. */
  error?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Ends where the task would fail. */
export function tryLines(
  task: Task,
  router: Router,
  lines: readonly string[],
): Tried {
  const tried: Tried = {
    outputs: task.outputs.map((block) => ({ block, lines: [] })),
    letters: [],
    filtered: 0,
  };
  for (const line of lines) {
    tryLine(task, router, line, tried);
    if (tried.error !== undefined) break;
  }
  return tried;
}

function tryLine(task: Task, router: Router, line: string, tried: Tried): void {
  const { outcome, outputs } = router.route(encoder.encode(line));
  if (outcome.kind !== "pass") {
    return take(task, outcome, line, TASK_TRANSFORMS, tried);
  }
  const isForNobody = outputs.every((one) => one.outcome.kind === "drop");
  if (isForNobody) {
    tried.filtered++;
    return;
  }
  for (const [i, { block, outcome, line }] of outputs.entries()) {
    if (outcome.kind === "pass") {
      tried.outputs[i].lines.push(decoder.decode(outcome.line));
    } else if (outcome.kind !== "drop") {
      const from = transformsOf(outputName(block));
      take(task, outcome, decoder.decode(line), from, tried);
    }
  }
}

/** What did not pass. */
function take(
  task: Task,
  outcome: Exclude<LineOutcome, { readonly kind: "pass" }>,
  line: string,
  output: string,
  tried: Tried,
): void {
  switch (outcome.kind) {
    case "drop":
      tried.filtered++;
      return;
    case "fail":
      tried.error ??= outcome.error.message;
      return;
    case "reject":
      if (task.deadLetter === undefined) tried.error ??= outcome.reason;
      else tried.letters.push({ line, reason: outcome.reason, output });
  }
}
