/**
 * Checks the `config` block of a built-in before anything is started: every
 * problem, each at its place in the file.
 *
 * The provider's own parser decides, as it does for executables that aren't built
 * in (in the handshake). Where its schema knows the mistake too, that knows better
 * where it stands.
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
  const config = JSON.parse(block.config.json()) as JsonObject;
  const problems = provider.checkConfig(config);
  if (problems.length === 0) return [];
  const found = checkAgainstSchema(block.config, provider.spec().config);
  if (found.length > 0) return found;
  return problems.map(({ path, message, hint }) => ({
    severity: "error",
    code: "config.key_invalid",
    message,
    at: block.config.locate(path) ?? block.at,
    hint,
  }));
}
