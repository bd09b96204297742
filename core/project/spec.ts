/**
 * What a provider says about itself, read from its text.
 *
 * @module
 */

import type { Diagnostic } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import type { ProviderBlock } from "../config/task.ts";
import type { JsonObject } from "../protocol/envelope.ts";
import type { ProviderSpec } from "../sdk/provider.ts";

/** @returns `undefined` for what is no description. */
export function parseSpec(text: string): ProviderSpec | undefined {
  let value: Partial<ProviderSpec> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { name, role, config } = value ?? {};
  const isSpec = typeof name === "string" && isJsonObject(config) &&
    (role === "input" || role === "output");
  if (!isSpec) return undefined;
  return {
    name,
    role,
    version: String(value?.version ?? "unknown"),
    description: String(value?.description ?? ""),
    protocol: { version: Number(value?.protocol?.version ?? 1) || 1 },
    features: texts(value?.features),
    commands: texts(value?.commands),
    config,
    examples: Array.isArray(value?.examples)
      ? value.examples.filter((one): one is JsonObject => isJsonObject(one))
      : [],
  };
}

/**
 * What is wrong with a description that is one otherwise.
 * @returns `undefined` where nothing is. Without `protocol` it is of version 1;
 * another shape would be taken for that, and turn states off.
 */
export function wrongProtocol(text: string): string | undefined {
  if (parseSpec(text) === undefined) return undefined;
  const { protocol } = JSON.parse(text);
  if (protocol === undefined) return undefined;
  const isRight = isJsonObject(protocol) &&
    Number.isSafeInteger(protocol.version);
  if (isRight) return undefined;
  return `protocol is ${JSON.stringify(protocol)} instead of {"version":2}`;
}

/** The same as a mistake at each block that names the provider. */
export function wrongSpec(
  text: string,
  name: string,
  blocks: readonly ProviderBlock[],
): Diagnostic[] {
  const problem = wrongProtocol(text);
  if (problem === undefined) return [];
  return blocks.map(({ sourceAt }) => ({
    severity: "error",
    code: "config.provider_spec",
    message: `the spec of the provider "${name}" is wrong: ${problem}`,
    at: sourceAt,
  }));
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === "string")
    : [];
}
