/**
 * `dstream provider push`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import type { Context } from "../context.ts";
import { jsonFlag, keyFlag } from "../flags.ts";

const HELP = `
Executables are named one by one with --platform, or found in a folder by the ends
of their names: in-pg_linux_amd64, in-pg-darwin-arm64, in-pg.windows_amd64.exe.
A module beside or instead of them is what dstream prefers: it runs it on its own
runtime. What the provider says about itself (\`PROVIDER spec\`) is packaged too: asked of the
executable for this machine, or read from --spec.

Examples:
  dstream provider push ghcr.io/acme/in-pg:1.5.0 dist/
  dstream provider push ghcr.io/acme/in-pg:1.5.0 \\
    --platform linux/amd64=bin/in-pg --platform windows/amd64=bin/in-pg.exe
  dstream provider push ghcr.io/acme/in-pg:1.5.0 dist/ --sign --key cosign.key
  dstream provider push ghcr.io/acme/in-pg:1.5.0 dist/ --module dist/in-pg.mjs
  dstream provider push registry.intern/in-pg:1.5.0 --from in-pg-1.5.0/`;

/** Prints the reference with the digest it stands for. */
export function definePush(context: Context) {
  return new Command("push")
    .description("Publish a provider to a registry, for several platforms.")
    .argument("<reference>", "REGISTRY/REPOSITORY:VERSION")
    .argument("[folder]", "with executables, named by their platforms")
    .option(
      "--platform <os/arch=file>",
      "one executable; again for each",
      append,
    )
    .option("--module <file>", "one JavaScript file, for every platform")
    .option("--module-runtime <versions>", "of Deno (default: >=2.6)")
    .option("--from <folder>", "push what `provider pull --to` has copied")
    .option("--spec <file>", "what the provider says about itself")
    .option("--source <url>", "where its source is")
    .option("--licence <name>", "such as MIT")
    .option("--revision <commit>", "the source it was built from")
    .option(
      "--created <time>",
      "RFC 3339 (default: SOURCE_DATE_EPOCH, or none)",
    )
    .option("--annotation <key=value>", "any other; again for each", append)
    .option("--compression <kind>", "zstd (default), gzip or none")
    .option("--mount-from <repository>", "take what that one has already")
    .option("--sbom <file>", "attach what it is made of: CycloneDX, JSON")
    .option("--provenance <file>", "attach how it was built: SLSA, JSON")
    .option("--sign", "sign it too, with --key")
    .addOption(keyFlag())
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (text, folder, options) => {
      const { push } = await import("../providers/push.ts");
      const isJson = options.json === true;
      await push(text, { ...options, folder, isJson }, context);
    });
}

function append(text: string, before: string[] | undefined): string[] {
  return [...before ?? [], text];
}
