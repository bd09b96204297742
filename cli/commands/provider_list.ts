/**
 * `dstream provider list`
 *
 * @module
 */

import { Command } from "@commander-js/extra-typings";
import { shortName } from "../../core/install/built_in_names.ts";
import type { FoundRecord } from "../../core/install/artifact_record.ts";
import type { Context } from "../context.ts";
import { jsonFlag } from "../flags.ts";
import { formatTable } from "../views/table.ts";
import { formatAge, formatBytes } from "../views/units.ts";

const HELP = `
Examples:
  dstream provider list
  dstream provider list --json`;

/** Loads no provider: names and summaries are in the list itself. */
export function defineList(context: Context) {
  return new Command("list")
    .description("List the built-in providers and those in the cache.")
    .addOption(jsonFlag)
    .addHelpText("after", HELP)
    .action(async (options) => {
      const builtIns = builtInRows(context);
      const pulled = await pulledProviders(context);
      if (options.json) {
        return await context.printJson([...builtIns, ...pulled.map(toJson)]);
      }
      await context.print(formatTable(
        ["NAME", "ROLE", "WHAT IT DOES"],
        builtIns.map((row) => [row.name, row.role, row.summary]),
      ));
      if (pulled.length === 0) return;
      const nowMs = context.deps.clock.wallMs();
      await context.print(
        "\n" + formatTable(
          ["PULLED", "DIGEST", "PLATFORMS", "SIZE", "LAST USED"],
          pulled.map((one) => toRow(one, nowMs)),
        ),
      );
    });
}

function builtInRows({ deps: { builtIns } }: Context) {
  return builtIns.map((builtIn) => ({
    kind: "built-in",
    name: shortName(builtIn, builtIns),
    role: builtIn.role,
    summary: builtIn.summary,
  }));
}

async function pulledProviders({ deps: { env } }: Context) {
  const { cacheFolder } = await import("../../core/install/cache_folder.ts");
  const { listRecords } = await import("../../core/install/artifact_record.ts");
  // Who has no home has pulled nothing.
  const hasPlace = env.DSTREAM_CACHE_DIR || env.HOME || env.USERPROFILE;
  return hasPlace ? await listRecords(cacheFolder(env)) : [];
}

function sizeOf({ executables }: FoundRecord): number {
  return Object.values(executables)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function toRow(record: FoundRecord, nowMs: number): string[] {
  const { reference, digest, executables, lastUsedMs } = record;
  return [
    // A digest has a column of its own.
    reference.replace(/@sha256:.*/, ""),
    digest.slice(0, "sha256:".length + 12),
    Object.keys(executables).join(", "),
    formatBytes(sizeOf(record)),
    formatAge(nowMs - lastUsedMs),
  ];
}

function toJson(record: FoundRecord) {
  const { reference, digest, executables, pulledAt, lastUsedMs } = record;
  return {
    kind: "pulled",
    reference,
    digest,
    platforms: Object.keys(executables),
    size_bytes: sizeOf(record),
    pulled_at: pulledAt,
    last_used_at: new Date(lastUsedMs).toISOString(),
  };
}
