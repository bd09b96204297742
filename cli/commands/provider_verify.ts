/**
 * `dstream provider verify`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";

const HELP = `
What is damaged is pulled again when it is needed. Signatures are judged by the
\`registries\` blocks of the configuration; for a reference that is named, its registry
is asked for them. With --key the reference need not be pulled, and no configuration
is needed.

Examples:
  dstream provider verify
  dstream provider verify ghcr.io/acme/in-pg:1.4.0
  dstream provider verify ghcr.io/acme/in-pg:1.4.0 --key cosign.pub

Exit status: 0 everything is whole and signed as asked, 1 something is not.`;

/** Reads every executable once. */
export function defineVerify(context: Context) {
  return new Command("verify")
    .description(
      "Check pulled providers byte for byte against their digests, and who signed them.",
    )
    .argument("[reference]", "one of them (default: all)")
    .option("--key <file>", "public key that must have signed it")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (reference, { json: isJson = false, key }) => {
      const { verify } = await import("../providers/verify.ts");
      context.exitCode = await verify({ reference, key, isJson }, context);
    });
}
