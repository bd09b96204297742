/**
 * `dstream provider inspect`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { findBuiltIn } from "../../core/install/built_in_names.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { formatSpec } from "../views/spec.ts";

/** Lines of this length can be read in any editor. */
const PIPE_COLUMNS = 100;

/** Shows what the provider says about itself. */
export function defineInspect(context: Context) {
  return new Command("inspect")
    .summary("show what a built-in provider can be told")
    .description("Show a built-in provider's configuration, with examples.")
    .argument("<name>", "as `dstream provider list` shows it")
    .addOption(jsonFlag)
    .action(async (name, options) => {
      const builtIn = findBuiltIn(name, context.deps.builtIns);
      const spec = (await builtIn.load()).spec();
      if (options.json) return await context.printJson(spec);
      const { stdout } = context.deps;
      const columns = stdout.isTerminal ? stdout.columns() : PIPE_COLUMNS;
      await context.print(formatSpec(spec, columns));
    });
}
