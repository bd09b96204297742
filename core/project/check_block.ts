/**
 * Checks a `config` block before anything is started: every problem, each at its
 * place in the file.
 *
 * A built-in's own parser decides, as it does for executables that aren't built in
 * (in the handshake). Where its schema knows the mistake too, that knows better
 * where it stands. Of a pulled provider there is only the schema.
 *
 * @module
 */

import { checkConfig as checkAgainstSchema } from "../config/check_config.ts";
import type { ProviderBlock } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import type { JsonObject } from "../protocol/envelope.ts";
import type { ProviderSpec } from "../sdk/provider.ts";
import { describe, type Providers } from "./describe.ts";

/** @returns Nothing for a provider that nobody has described. */
export async function checkConfig(
  block: ProviderBlock,
  providers: Providers,
): Promise<readonly Diagnostic[]> {
  const provider = await describe(block, providers);
  if (provider === undefined) return [];
  const spec = provider.spec();
  if (spec.role !== block.side) return [wrongRole(block, spec)];
  if (provider.checkConfig === undefined) {
    return checkAgainstSchema(block.config, spec.config);
  }
  const config = JSON.parse(block.config.json()) as JsonObject;
  const problems = provider.checkConfig(config);
  if (problems.length === 0) return [];
  const found = checkAgainstSchema(block.config, spec.config);
  if (found.length > 0) return found;
  return problems.map(({ path, message, hint }) => ({
    severity: "error",
    code: "config.key_invalid",
    message,
    at: block.config.locate(path) ?? block.at,
    hint,
  }));
}

function wrongRole(
  block: ProviderBlock,
  { name, role }: ProviderSpec,
): Diagnostic {
  return {
    severity: "error",
    code: "config.provider_role",
    message: `the provider "${name}" is an ${role}, not an ${block.side}`,
    at: block.sourceAt,
  };
}
