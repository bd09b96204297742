/**
 * `dstream provider prune`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { cacheFolder } from "../../core/install/cache_folder.ts";
import { prune } from "../../core/install/prune.ts";
import type { Context } from "../context.ts";
import { jsonFlag, readAgeMs } from "../flags.ts";
import { formatBytes, plural } from "../views/units.ts";

const DEFAULT_AGE = "30d";

const HELP = `
What an unfinished download has left goes as well, an hour after it broke off.

Examples:
  dstream provider prune
  dstream provider prune --older-than 7d --dry-run`;

/** Says what went, or would go. */
export function definePrune(context: Context) {
  return new Command("prune")
    .description("Throw out pulled providers that were not used for a while.")
    .option(
      "--older-than <age>",
      `such as "7d" or "12h" (default: ${DEFAULT_AGE})`,
    )
    .option("--dry-run", "only say what would go")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (options) => {
      const olderThanMs = readAgeMs(
        "--older-than",
        options.olderThan ?? DEFAULT_AGE,
      );
      const isDryRun = options.dryRun === true;
      const { env, clock } = context.deps;
      const { artifacts, freedBytes } = await prune(
        cacheFolder(env),
        olderThanMs,
        clock.wallMs(),
        isDryRun,
      );
      const names = artifacts.map(({ reference }) => reference);
      if (options.json) {
        return await context.printJson({
          removed: names,
          freed_bytes: freedBytes,
          dry_run: isDryRun,
        });
      }
      for (const name of names) await context.print(name);
      const done = isDryRun ? "would be removed" : "removed";
      context.say(
        `${plural(names.length, "provider")} ${done}, ${
          formatBytes(freedBytes)
        } ${isDryRun ? "would be free" : "freed"}`,
      );
    });
}
