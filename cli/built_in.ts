/**
 * From a block to the built-in it names.
 *
 * @module
 */

import type { ProviderBlock } from "../core/config/task.ts";
import type { BuiltIn, Provider } from "../core/sdk/provider.ts";

/** The built-in that a block names, if there is one. */
export async function loadBuiltIn(
  { source, side }: ProviderBlock,
  builtIns: readonly BuiltIn[],
): Promise<Provider | undefined> {
  if (source.kind !== "builtin") return undefined;
  const builtIn = builtIns.find((b) =>
    b.name === source.name && b.role === side
  );
  return await builtIn?.load();
}
