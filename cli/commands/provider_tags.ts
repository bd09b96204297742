/**
 * `dstream provider tags`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { nameOf } from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { nearbyReference, openRegistries } from "../providers/registries.ts";

const HELP = `
Examples:
  dstream provider tags ghcr.io/acme/in-pg
  dstream provider tags ghcr.io/acme/in-pg --json`;

/** One tag a line, older versions first. */
export function defineTags(context: Context) {
  return new Command("tags")
    .description("List the tags of a provider, one a line.")
    .argument("<reference>", "REGISTRY/REPOSITORY")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (text, options) => {
      const { settings, reference } = await nearbyReference(text, context);
      using registries = await openRegistries(settings, context);
      const tags = (await (await registries.client()).tags(reference))
        .toSorted(byVersion);
      if (options.json) return await context.printJson(tags);
      if (tags.length > 0) return await context.print(tags.join("\n"));
      context.say(`${nameOf(reference)} has no tags`);
    });
}

const numeric = new Intl.Collator("en", { numeric: true });

/** `1.9.0` before `1.10.0`, whatever order the registry has. */
export function byVersion(a: string, b: string): number {
  return numeric.compare(a, b) || (a < b ? -1 : Number(a > b));
}
