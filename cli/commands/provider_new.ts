/**
 * `dstream provider new`
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

const HELP = `
The folder works at once: the provider, a protocol file to be copied as it is, a
configuration that runs it, a test that calls \`dstream provider test\`, and a build
for release. Its README tells the rest.

Examples:
  dstream provider new in-orders --role input --lang python
  dstream provider new out-orders --role output --lang node`;

/** Writes the folder, and says what to do next. */
export function defineNew(context: Context) {
  return new Command("new")
    .description("Write a folder with a provider that works, to go on from.")
    .argument("<name>", "of the provider, and of the folder that is made")
    .addOption(
      new Option("--role <role>", "input or output")
        .choices(["input", "output"] as const).makeOptionMandatory(),
    )
    .addOption(
      new Option("--lang <language>", "of the provider")
        .choices(["typescript", "python", "node", "go"] as const)
        .makeOptionMandatory(),
    )
    .addHelpText("after", HELP)
    .action(async (name, { role, lang }) => {
      const { newProvider } = await import("../providers/new.ts");
      await newProvider({ name, role, lang }, context);
    });
}
