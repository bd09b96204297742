/**
 * Which process a block starts, and what that is told of the user's wishes.
 *
 * @module
 */

import type { Configuration, ProviderBlock } from "../config/task.ts";
import { resolveProvider } from "../install/resolve.ts";
import type { ProviderLaunch } from "../pipeline/run.ts";
import type { Site } from "./site.ts";

/** @throws {DstreamError} Why a block's provider can't be started. */
export function resolveBlock(
  block: ProviderBlock,
  { folder }: Configuration,
  site: Site,
): Promise<ProviderLaunch> {
  const { builtIns, self, platform } = site.world;
  return resolveProvider(block, {
    folder,
    builtIns,
    self,
    os: platform.os,
    installed: site.installed,
    env: providerEnv(site),
  });
}

/** What every provider is told about the user's wishes. */
function providerEnv({ world, options }: Site): Record<string, string> {
  return {
    DSTREAM_LOG_LEVEL: options.logLevel ?? "info",
    DSTREAM_COLOUR: options.hasColours ? "1" : "0",
    // What dstream exports is about its providers too; Deno's exporter can hang at
    // the exit of a process whose collector is away.
    ...world.env.OTEL_DENO === undefined ? {} : { OTEL_DENO: "false" },
  };
}
