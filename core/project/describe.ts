/**
 * From a block to what is known of its provider: a built-in's own words, or the
 * description that a pulled one was packaged with.
 *
 * @module
 */

import type { InstalledProvider } from "../install/resolve.ts";
import type { ProviderBlock } from "../config/task.ts";
import type { BuiltIn, Provider, ProviderSpec } from "../sdk/provider.ts";

/** A pulled provider that may have told about itself. */
export interface KnownProvider extends Partial<InstalledProvider> {
  readonly spec?: ProviderSpec;
}

/** All that can be known before anything is started. */
export interface Providers {
  readonly builtIns: readonly BuiltIn[];
  /** By reference, as written in the configuration. */
  readonly installed: ReadonlyMap<string, KnownProvider>;
  /** By absolute path, where it was asked. */
  readonly paths?: ReadonlyMap<string, KnownProvider>;
}

/** Its description, and its own parser where that is at hand. */
export type Described = Pick<Provider, "spec"> & Partial<Provider>;

/** `undefined` for what nobody has described. */
export async function describe(
  { source, side }: ProviderBlock,
  { builtIns, installed, paths }: Providers,
): Promise<Described | undefined> {
  if (source.kind !== "builtin") {
    const spec = source.kind === "path"
      ? paths?.get(source.path)?.spec
      : installed.get(source.reference)?.spec;
    return spec && { spec: () => spec };
  }
  const builtIn = builtIns.find((b) =>
    b.name === source.name && b.role === side
  );
  return await builtIn?.load();
}
