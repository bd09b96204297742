/**
 * `dstream provider`: the group.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { defineExec } from "./provider_exec.ts";
import { defineInspect } from "./provider_inspect.ts";
import { defineList } from "./provider_list.ts";

const HELP = `
Examples:
  dstream provider list
  dstream provider inspect counter
  echo '{"interval": 10, "max_count": 3}' | dstream provider exec counter`;

/** list, inspect, exec. */
export function define(context: Context) {
  return new Command("provider")
    .description("List, inspect or run the built-in providers.")
    .usage("[options] <command>")
    .enablePositionalOptions()
    .addCommand(defineList(context))
    .addCommand(defineInspect(context))
    .addCommand(defineExec(context))
    .addHelpText("after", HELP);
}
