/**
 * `filter { where = "…" }`: what is true passes, what is false is taken out.
 *
 * @module
 */

import type { FilterStep } from "../config/task.ts";
import { Bindings } from "./bindings.ts";
import type { CelCompiler } from "./cel.ts";
import type { Line } from "./line.ts";
import type { Compiled } from "./step.ts";
import { DROP, LineProblem, PASS, type Verdict } from "./verdict.ts";

/** @returns The compiled step, or what is wrong with it. */
export function compileFilter(step: FilterStep, cel: CelCompiler): Compiled {
  const bindings = new Bindings();
  const where = cel.compile(step.where, "bool", bindings.needs);
  if ("code" in where) return { problems: [where] };
  const apply = (line: Line): Verdict => {
    const isWanted = where.evaluate(bindings.of(line));
    if (isWanted === true) return PASS;
    if (isWanted === false) return DROP;
    throw new LineProblem("the condition is neither true nor false");
  };
  return { step, apply, problems: [] };
}
