/**
 * `dstream complete -- WORDS`: what completion scripts call.
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

/** Never fails: a broken configuration must not break the shell's line. */
export function define(context: Context) {
  return new Command("complete")
    .description("Answer a shell's completion request.")
    .argument("[words...]", "the words typed so far")
    .action(async (words) => {
      const { completeWords } = await import("../completion.ts");
      const program = await context.wholeProgram(words);
      const answer = await completeWords(program, words, context);
      await context.deps.stdout.write(new TextEncoder().encode(answer));
    });
}
