/**
 * `dstream provider login` and `logout`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

const HELP = `
The registry is asked whether it knows you before anything is stored. It is stored
where Docker keeps it too: in the credential store that ~/.docker/config.json names,
else in that file. In CI, DSTREAM_REGISTRY_TOKEN="REGISTRY=TOKEN" needs no login.

Example:
  echo "$GITHUB_TOKEN" | dstream provider login ghcr.io -u me --password-stdin`;

/** A password never stands on a command line: everybody could see it. */
export function defineLogin(context: Context) {
  return new Command("login")
    .description("Remember who you are to a registry.")
    .argument("<registry>", "such as ghcr.io")
    .option("-u, --username <name>", "asked for when left out")
    .option("--password-stdin", "read the password or token from stdin")
    .addHelpText("after", HELP)
    .action(async (registry, options) => {
      const { login } = await import("../providers/login.ts");
      await login(registry, {
        user: options.username,
        isFromStdin: options.passwordStdin === true,
      }, context);
    });
}

/** Removes what login has stored. */
export function defineLogout(context: Context) {
  return new Command("logout")
    .description("Forget who you are to a registry.")
    .argument("<registry>", "such as ghcr.io")
    .action(async (registry) => {
      const { logout } = await import("../providers/login.ts");
      await logout(registry, context);
    });
}
