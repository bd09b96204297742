/**
 * A step of a task, ready to be used.
 *
 * @module
 */

import type { TransformStep } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { TableSchema } from "../protocol/mod.ts";
import type { Line } from "./line.ts";
import type { Verdict } from "./verdict.ts";

/** One compiled step. */
export interface Step {
  readonly step: TransformStep;
  /**
   * May change the line.
   * @throws {LineProblem | CelError} Which refuses the line.
   */
  readonly apply: (line: Line) => Verdict;
  /**
   * What becomes of a table's schema; absent: it stays. `undefined` when there is
   * none any more.
   */
  readonly reshape?: (schema: TableSchema) => TableSchema | undefined;
}

/** A step and what there is to say about it; no `apply`: it can't be used. */
export type Compiled =
  & (Step | { readonly step?: undefined; readonly apply?: undefined })
  & { readonly problems: readonly Diagnostic[] };
