/**
 * `dstream completions SHELL`
 *
 * @module
 */

import { Argument, Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { SHELLS } from "../shells.ts";

const HELP = `
Load them for this session, or put the line into your shell's start file:
  bash        source <(dstream completions bash)
  zsh         source <(dstream completions zsh)
  fish        dstream completions fish | source
  powershell  dstream completions powershell | Out-String | Invoke-Expression`;

/** The script asks `dstream complete` at each Tab. */
export function define(context: Context) {
  return new Command("completions")
    .description("Print a completion script for your shell.")
    .addArgument(new Argument("<shell>", "your shell").choices(SHELLS))
    .addHelpText("after", HELP)
    .action(async (shell) => {
      const { completionScript } = await import("../completion.ts");
      await context.print(await completionScript(shell));
    });
}
