/**
 * `dstream provider list`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { shortName } from "../../core/install/built_in_names.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { formatTable } from "../views/table.ts";

/** Loads no provider: names and summaries are in the list itself. */
export function defineList(context: Context) {
  return new Command("list")
    .summary("list the built-in providers")
    .description("List the built-in providers.")
    .addOption(jsonFlag)
    .action(async (options) => {
      const { builtIns } = context.deps;
      const rows = builtIns.map((builtIn) => ({
        name: shortName(builtIn, builtIns),
        role: builtIn.role,
        summary: builtIn.summary,
      }));
      if (options.json) return await context.printJson(rows);
      await context.print(formatTable(
        ["NAME", "ROLE", "WHAT IT DOES"],
        rows.map((row) => [row.name, row.role, row.summary]),
      ));
    });
}
