/**
 * What dstream shows; here it is chosen who is shown a run, a person or a program.
 *
 * | question                             | file                                 |
 * | ------------------------------------ | ------------------------------------ |
 * | what is a view of a run?             | `view.ts`, `run_listener.ts`         |
 * | what does a person see?              | `human.ts`, `live.ts`, `status_line.ts`, `end_line.ts` |
 * | what does a program read?            | `json.ts`                            |
 * | how does a log line look?            | `log_line.ts`                        |
 * | how does an error look?              | `failure.ts`, `diagnostics.ts`       |
 * | how does a download look?            | `install.ts`, `progress_bars.ts`, `blob_progress.ts` |
 * | how are tasks and providers shown?   | `task.ts`, `hcl.ts`, `spec.ts`, `report.ts`, `preview.ts`, `diff_lines.ts` |
 * | how do `ps` and `top` look?          | `runs_table.ts`                      |
 * | how are tables and numbers written?  | `table.ts`, `units.ts`               |
 *
 * @module
 */

import type { Context } from "../context.ts";
import { HumanView } from "./human.ts";
import { JsonView } from "./json.ts";
import type { RunView } from "./view.ts";

/** @throws {DstreamError} When a variable names no level or format. */
export function openView(context: Context, hasSeveralTasks: boolean): RunView {
  const { screen, paint, deps } = context;
  const log = context.log();
  const clock = deps.clock;
  if (log.format === "json") return new JsonView({ screen, clock, log });
  const isLive = deps.stderr.isTerminal && deps.env.TERM !== "dumb";
  return new HumanView({ screen, clock, log, paint, hasSeveralTasks, isLive });
}
