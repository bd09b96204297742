/**
 * Checks the `config` block of a built-in before anything is started: every
 * problem, each at its place in the file.
 *
 * The schema in its spec finds what is wrong with single keys; when that is
 * content, the provider's own parser has the last word, as it has for executables
 * that aren't built in (in the handshake).
 *
 * @module
 */

import { checkConfig as checkAgainstSchema } from "../core/config/check_config.ts";
import type { ProviderBlock } from "../core/config/task.ts";
import type { Diagnostic } from "../core/errors.ts";
import type { JsonObject } from "../core/protocol/envelope.ts";
import type { BuiltIn } from "../core/sdk/provider.ts";
import { loadBuiltIn } from "./built_in.ts";

/** @returns Nothing for a provider that isn't built in. */
export async function checkConfig(
  block: ProviderBlock,
  builtIns: readonly BuiltIn[],
): Promise<readonly Diagnostic[]> {
  const provider = await loadBuiltIn(block, builtIns);
  if (provider === undefined) return [];
  const found = checkAgainstSchema(block.config, provider.spec().config);
  if (found.length > 0) return found;
  const config = JSON.parse(block.config.json()) as JsonObject;
  return provider.checkConfig(config).map(({ path, message, hint }) => ({
    severity: "error",
    code: "config.key_invalid",
    message,
    at: block.config.locate(path) ?? block.at,
    hint,
  }));
}
