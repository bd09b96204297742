/**
 * `dstream provider inspect`
 *
 * @module
 */

import { Command, Option } from "@commander-js/extra-typings";
import { findBuiltIn } from "../../core/install/built_in_names.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { formatSpec } from "../views/spec.ts";

/** Lines of this length can be read in any editor. */
const PIPE_COLUMNS = 100;

const tapFlag = new Option(
  "--tap <program>",
  "of singer: the settings of this tap",
);
const targetFlag = new Option(
  "--target <program>",
  "of singer: the settings of this target",
);

const HELP = `
Examples:
  dstream provider inspect counter
  dstream provider inspect singer --tap tap-jsonl
  dstream provider inspect ghcr.io/acme/in-pg:1.4.0
  dstream provider inspect ghcr.io/acme/in-pg:1.4.0 --provenance`;

/** Shows what a provider says about itself. */
export function defineInspect(context: Context) {
  return new Command("inspect")
    .description(
      "Show a provider's configuration, and for a pulled one its platforms and digests.",
    )
    .argument("<name>", "of a built-in, or a reference to a registry")
    .addOption(jsonFlag)
    .option(
      "--provenance",
      "what is attached: how it was built, what of, by whom",
    )
    .addOption(tapFlag)
    .addOption(targetFlag)
    .addHelpText("after", HELP)
    .action(async (name, { json: isJson = false, tap, target, provenance }) => {
      const { stdout } = context.deps;
      const columns = stdout.isTerminal ? stdout.columns() : PIPE_COLUMNS;
      const program = tap ?? target;
      if (program !== undefined) {
        const { inspectProgram } = await import(
          "../providers/inspect_program.ts"
        );
        return await inspectProgram(program, { isJson, columns }, context);
      }
      if (provenance) {
        const { inspectProvenance } = await import(
          "../providers/inspect_provenance.ts"
        );
        return await inspectProvenance(name, isJson, context);
      }
      if (isReference(name)) {
        const { inspectReference } = await import(
          "../providers/inspect_reference.ts"
        );
        return await inspectReference(name, { isJson, columns }, context);
      }
      const builtIn = findBuiltIn(name, context.deps.builtIns);
      const spec = (await builtIn.load()).spec();
      if (isJson) return await context.printJson(spec);
      await context.print(formatSpec(spec, columns));
    });
}

/** No built-in's name has a slash or a version. */
function isReference(name: string): boolean {
  return /[/:@]/.test(name);
}
