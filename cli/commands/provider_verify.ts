/**
 * `dstream provider verify`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import {
  type FoundRecord,
  listRecords,
} from "../../core/install/artifact_record.ts";
import { Cache } from "../../core/install/cache.ts";
import { cacheFolder } from "../../core/install/cache_folder.ts";
import { DstreamError } from "../../core/base/errors.ts";
import { didYouMean } from "../../core/base/nearest.ts";
import { formatReference, parseReference } from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit_code.ts";
import { jsonFlag } from "../flags.ts";
import { nearbySettings } from "../providers/registries.ts";
import { formatTable } from "../views/table.ts";

interface Verdict {
  readonly reference: string;
  readonly platform: string;
  readonly digest: string;
  readonly state: "whole" | "missing" | "damaged";
}

const HELP = `
What is damaged is pulled again when it is needed.

Examples:
  dstream provider verify
  dstream provider verify ghcr.io/acme/in-pg:1.4.0

Exit status: 0 everything is whole, 1 something is not.`;

/** Reads every executable once. */
export function defineVerify(context: Context) {
  return new Command("verify")
    .description("Check pulled providers byte for byte against their digests.")
    .argument("[reference]", "one of them (default: all)")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (text, options) => {
      const folder = cacheFolder(context.deps.env);
      const records = await choose(text, await listRecords(folder), context);
      const cache = new Cache(folder, context.deps.clock);
      const verdicts: Verdict[] = [];
      for (const record of records) {
        verdicts.push(...await judge(record, cache));
      }
      if (verdicts.some(({ state }) => state !== "whole")) {
        context.exitCode = ExitCode.failed;
      }
      if (options.json) return await context.printJson(verdicts);
      if (verdicts.length === 0) return context.say("nothing was pulled yet");
      await context.print(formatTable(
        ["REFERENCE", "PLATFORM", "EXECUTABLE", ""],
        verdicts.map((one) => [
          one.reference,
          one.platform,
          one.digest,
          one.state,
        ]),
      ));
    });
}

async function judge(record: FoundRecord, cache: Cache): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const [platform, one] of Object.entries(record.executables)) {
    const { reference } = record;
    const { digest } = one;
    const state = await cache.check(digest);
    verdicts.push({ reference, platform, digest, state });
  }
  return verdicts;
}

async function choose(
  text: string | undefined,
  records: readonly FoundRecord[],
  context: Context,
): Promise<readonly FoundRecord[]> {
  if (text === undefined) return records;
  const { defaultRegistry } = await nearbySettings(context);
  const wanted = formatReference(
    parseReference(text, { defaultRegistry, defaultTag: "latest" }),
  );
  const found = records.filter(({ reference, digest }) =>
    reference === wanted || wanted.endsWith(`@${digest}`)
  );
  if (found.length > 0) return found;
  const names = records.map(({ reference }) => reference);
  throw new DstreamError(
    "install.not_cached",
    `"${text}" was not pulled`,
    { hint: didYouMean(wanted, names, "`dstream provider list` shows all") },
  );
}
