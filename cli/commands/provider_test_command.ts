/**
 * `dstream provider test`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";

const HELP = `
Musts are what data depends on: with one that fails the exit status is 1. Shoulds are
what users will miss. docs/writing-providers.md says all that is asked for.

The config block is the first of the provider's own examples, unless --config names a
JSON file that holds one, or a configuration (.hcl) with a block that runs the provider.
An output writes to the destination of that config, more than once.

Examples:
  dstream provider test ./my-provider
  dstream provider test ./my-provider --config dstream.hcl --junit results.xml
  dstream provider test ./old-provider --role input --config config.json`;

/** Prints a line for each check, and what is needed to find out about failures. */
export function defineTest(context: Context) {
  return new Command("test")
    .description("Try on an executable what is expected of every provider.")
    .argument("<provider>", "path of an executable, or a built-in's name")
    .argument("[args...]", "for the provider, after --")
    .option("--role <role>", "input or output (default: what it says itself)")
    .option("--only <check>", "this check alone; again for each", append)
    .option("--junit <file>", "write the results as JUnit XML too")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (provider, args, { json, ...options }) => {
      const { testProvider } = await import("../providers/test.ts");
      const wishes = { ...options, provider, args, isJson: json === true };
      context.exitCode = await testProvider(wishes, context);
    });
}

function append(text: string, before: string[] | undefined): string[] {
  return [...before ?? [], text];
}
