/**
 * From a block to what is known of its provider: a built-in's own words, or the
 * description that a pulled one was packaged with.
 *
 * @module
 */

import type { InstalledProvider } from "../core/install/resolve.ts";
import type { ProviderBlock } from "../core/config/task.ts";
import type { JsonObject } from "../core/protocol/envelope.ts";
import type { BuiltIn, Provider, ProviderSpec } from "../core/sdk/provider.ts";

/** A pulled provider that may have told about itself. */
export interface KnownProvider extends Partial<InstalledProvider> {
  readonly spec?: ProviderSpec;
}

/** All that can be known before anything is started. */
export interface Providers {
  readonly builtIns: readonly BuiltIn[];
  /** By reference, as written in the configuration. */
  readonly installed: ReadonlyMap<string, KnownProvider>;
}

/** Its description, and its own parser where that is at hand. */
export type Described = Pick<Provider, "spec"> & Partial<Provider>;

/** `undefined` for a path, and for what nobody has described. */
export async function describe(
  { source, side }: ProviderBlock,
  { builtIns, installed }: Providers,
): Promise<Described | undefined> {
  if (source.kind === "path") return undefined;
  if (source.kind === "reference") {
    const spec = installed.get(source.reference)?.spec;
    return spec && { spec: () => spec };
  }
  const builtIn = builtIns.find((b) =>
    b.name === source.name && b.role === side
  );
  return await builtIn?.load();
}

/** @returns `undefined` for what is no description. */
export function parseSpec(text: string): ProviderSpec | undefined {
  let value: Partial<ProviderSpec> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { name, role, config } = value ?? {};
  const isSpec = typeof name === "string" && isObject(config) &&
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
      ? value.examples.filter(isObject)
      : [],
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === "string")
    : [];
}
