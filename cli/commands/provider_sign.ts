/**
 * `dstream provider sign`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag, keyFlag } from "../flags.ts";

const HELP = `
The signature is of the digest that the reference stands for now, and lies beside the
artifact as cosign lays it: \`cosign verify --key cosign.pub\` reads it too.

Examples:
  dstream provider sign ghcr.io/acme/in-pg:1.4.0 --key cosign.key
  dstream provider sign ghcr.io/acme/in-pg@sha256:… --key env://COSIGN_PRIVATE_KEY
  dstream provider sign ghcr.io/acme/in-pg:1.4.0 --identity-token env://OIDC_TOKEN`;

/** Says what was signed, and by whom. */
export function defineSign(context: Context) {
  return new Command("sign")
    .description("Sign a provider that is in a registry.")
    .argument("<reference>", "REGISTRY/REPOSITORY:VERSION or @DIGEST")
    .addOption(keyFlag())
    .option(
      "--identity-token <file>",
      "sign without a key: an OIDC token, or env://NAME",
    )
    .option("--fulcio-url <url>", "who certifies (default: sigstore's own)")
    .option("--rekor-url <url>", "whose log notes it (default: sigstore's own)")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (text, { json: isJson = false, ...options }) => {
      const { sign } = await import("../providers/sign.ts");
      await sign(text, { ...options, isJson }, context);
    });
}
