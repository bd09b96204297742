/**
 * `dstream version`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";

/** `dstream --version` prints the first words of this. */
export function define(context: Context) {
  return new Command("version")
    .description("Print the version, and what it runs on.")
    .addOption(jsonFlag)
    .action(async (options) => {
      const { version, platform } = context.deps;
      const { runtime, os, arch } = platform;
      if (options.json) {
        return await context.printJson({ version, runtime, os, arch });
      }
      await context.print(`dstream ${version} (${runtime}, ${os} ${arch})`);
    });
}
