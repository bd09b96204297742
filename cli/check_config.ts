/**
 * Checks the `config` block of a built-in with the provider's own parser, before
 * anything is started: every problem, each at its place in the file.
 *
 * Executables that are not built-in check their configuration themselves, in the
 * handshake.
 *
 * @module
 */

import type { ProviderBlock } from "../core/config/task.ts";
import type { Diagnostic, Location } from "../core/errors.ts";
import type { JsonObject } from "../core/protocol/envelope.ts";
import type { BuiltIn, Provider } from "../core/sdk/provider.ts";
import { loadBuiltIn } from "./built_in.ts";
import { secretValues } from "./schema.ts";
import { hideSecretsAt } from "./secrets.ts";

/** @returns Nothing for a provider that isn't built in. */
export async function checkConfig(
  block: ProviderBlock,
  builtIns: readonly BuiltIn[],
): Promise<Diagnostic[]> {
  const provider = await loadBuiltIn(block, builtIns);
  if (provider === undefined) return [];
  const config = JSON.parse(block.config.json()) as JsonObject;
  const secrets = secretValues(config, provider.spec().config);
  return provider.checkConfig(config).map(({ path, message, hint }) => ({
    severity: "error",
    code: "config.provider_config",
    message,
    at: hideSecretsAt(placeOf(path, block, provider), secrets),
    hint,
  }));
}

/** A key nobody knows is marked itself, else its value; else the block. */
function placeOf(
  path: string,
  block: ProviderBlock,
  provider: Provider,
): Location {
  const key = /^config\.([\w-]+)$/.exec(path)?.[1];
  const known = provider.spec().config.properties as JsonObject | undefined;
  const isUnknown = key !== undefined && known?.[key] === undefined;
  const ofKey = isUnknown ? block.config.keys().get(key) : undefined;
  return ofKey ?? block.config.locate(path) ?? block.at;
}
