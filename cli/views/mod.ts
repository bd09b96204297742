/**
 * Chooses who is being shown a run: a person or a program.
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
