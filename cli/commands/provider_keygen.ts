/**
 * `dstream provider keygen`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

const HELP = `
The private key is encrypted with the passphrase in COSIGN_PASSWORD, or the one that is
asked for. Both files are as \`cosign generate-key-pair\` makes them.

Examples:
  dstream provider keygen
  COSIGN_PASSWORD="$PASSPHRASE" dstream provider keygen release`;

/** Writes two files, and never over others. */
export function defineKeygen(context: Context) {
  return new Command("keygen")
    .description("Make a pair of keys: one signs, the other verifies.")
    .argument("[name]", "of the two files, without .key and .pub", "cosign")
    .addHelpText("after", HELP)
    .action(async (name) => {
      const { makeKeys } = await import("../providers/keygen.ts");
      await makeKeys(name, context);
    });
}
