/**
 * `check` expressions: what has to be true of every envelope an output gets.
 *
 * They are the `where` of a filter, so they say what filters can say.
 *
 * @module
 */

import type { PlacedText } from "../../config/task.ts";
import type { LineOutcome } from "../../transform/mod.ts";

/** @returns Why the envelope does not pass; `undefined`: it does. */
export type Check = (line: string) => string | undefined;

const encoder = new TextEncoder();

/** @throws {DiagnosticsError} For expressions that can't be compiled. */
export async function compileChecks(
  texts: readonly PlacedText[],
): Promise<readonly Check[]> {
  if (texts.length === 0) return [];
  const { createTransformer } = await import("../../transform/mod.ts");
  return await Promise.all(texts.map(async (where) => {
    const step = { kind: "filter" as const, at: where.at, where };
    const options = { maxLineBytes: Infinity };
    const filter = await createTransformer([step], options);
    return (line: string) => whyNot(filter.apply(encoder.encode(line)));
  }));
}

function whyNot(outcome: LineOutcome): string | undefined {
  switch (outcome.kind) {
    case "pass":
      return undefined;
    case "drop":
      return "the check is false";
    case "reject":
      return `the check fails: ${outcome.reason}`;
    case "fail":
      return `the check fails: ${outcome.error.message}`;
  }
}
