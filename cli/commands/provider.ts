/**
 * `dstream provider`: the group.
 *
 * A subcommand's file is imported when its name is on the command line.
 *
 * @module
 */

import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";

const HELP = `
Examples:
  dstream provider list
  dstream provider inspect counter
  dstream provider test ./my-provider
  dstream provider pull ghcr.io/acme/in-pg:1.4.0
  dstream provider push ghcr.io/acme/in-pg:1.5.0 dist/
  echo '{"interval": 10, "max_count": 3}' | dstream provider exec counter`;

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(context: Context) => CommandUnknownOpts>;
}

const ENTRIES: readonly Entry[] = [
  {
    name: "list",
    summary: "list built-in and pulled providers",
    load: async () => (await import("./provider_list.ts")).defineList,
  },
  {
    name: "inspect",
    summary: "show what a provider can be told",
    load: async () => (await import("./provider_inspect.ts")).defineInspect,
  },
  {
    name: "exec",
    summary: "run a built-in provider by hand",
    load: async () => (await import("./provider_exec.ts")).defineExec,
  },
  {
    name: "new",
    summary: "write a folder with a provider that works",
    load: async () => (await import("./provider_new.ts")).defineNew,
  },
  {
    name: "test",
    summary: "try what is expected of every provider",
    load: async () => (await import("./provider_test_command.ts")).defineTest,
  },
  {
    name: "pull",
    summary: "get providers from their registry",
    load: async () => (await import("./provider_pull.ts")).definePull,
  },
  {
    name: "push",
    summary: "publish a provider for several platforms",
    load: async () => (await import("./provider_push.ts")).definePush,
  },
  {
    name: "sign",
    summary: "sign a provider that is in a registry",
    load: async () => (await import("./provider_sign.ts")).defineSign,
  },
  {
    name: "keygen",
    summary: "make a pair of keys for signing",
    load: async () => (await import("./provider_keygen.ts")).defineKeygen,
  },
  {
    name: "tags",
    summary: "list the versions of a provider",
    load: async () => (await import("./provider_tags.ts")).defineTags,
  },
  {
    name: "verify",
    summary: "check pulled providers: bytes and signatures",
    load: async () => (await import("./provider_verify.ts")).defineVerify,
  },
  {
    name: "prune",
    summary: "throw out providers not used for a while",
    load: async () => (await import("./provider_prune.ts")).definePrune,
  },
  {
    name: "login",
    summary: "remember who you are to a registry",
    load: async () => (await import("./provider_login.ts")).defineLogin,
  },
  {
    name: "logout",
    summary: "forget who you are to a registry",
    load: async () => (await import("./provider_login.ts")).defineLogout,
  },
];

/** Only the subcommands on this command line are defined in full. */
export async function define(
  context: Context,
  words: ReadonlySet<string>,
): Promise<CommandUnknownOpts> {
  const group = new Command("provider")
    .description("List, inspect, test, pull, publish or run providers.")
    .usage("[options] <command>")
    .enablePositionalOptions()
    .addHelpText("after", HELP);
  for (const entry of ENTRIES) {
    const command = words.has(entry.name)
      ? (await entry.load())(context)
      : new Command(entry.name);
    group.addCommand(command.summary(entry.summary));
  }
  return group;
}
