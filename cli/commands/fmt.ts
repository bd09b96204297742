/**
 * `dstream fmt [PATH…]`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { configPath } from "../project.ts";
import type { Context } from "../context.ts";
import { checkFlag } from "../flags.ts";

const HELP = `
Only blanks change; comments are kept. Formatting a formatted file changes
nothing. "-" reads stdin and writes stdout.

Exit status: 0, with --check 1 if a file would change, 2 a file is no HCL.

Examples:
  dstream fmt
  dstream fmt --check pipelines/ extra.hcl
  dstream fmt - < dstream.hcl`;

/** Without paths: what `--config` names. */
export function define(context: Context) {
  return new Command("fmt")
    .description("Write configuration files in the one canonical form.")
    .argument("[path...]", "files or folders; default: that of --config")
    .addOption(checkFlag)
    .addHelpText("after", HELP)
    .action(async (paths, { check = false }) => {
      const { formatPaths, formatStdin } = await import("../format_files.ts");
      context.exitCode = paths.length === 1 && paths[0] === "-"
        ? await formatStdin(check, context)
        : await formatPaths(
          paths.length > 0 ? paths : [configPath(context)],
          check,
          context,
        );
    });
}
