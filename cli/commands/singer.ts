/**
 * `dstream singer …`, for help and completion; cli/mod.ts parses it.
 *
 * @module
 */

import type { Context } from "../context.ts";
import { buildSingerProgram } from "../singer/program.ts";

/** Joins the command line to singer/program.ts. */
export function define(context: Context) {
  return buildSingerProgram("singer", context);
}
