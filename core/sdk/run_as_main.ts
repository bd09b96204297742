/**
 * A provider as an executable of its own.
 *
 * @module
 */

import type { Provider } from "./provider.ts";

/**
 * Serves the provider with the process's arguments, then exits.
 *
 * ```ts ignore
 * // main.ts
 * import { runAsMain } from "@dstream/sdk";
 * import provider from "./mod.ts";
 *
 * if (import.meta.main) await runAsMain(provider);
 * ```
 */
export async function runAsMain(provider: Provider): Promise<never> {
  Deno.exit(await provider.serve(Deno.args));
}
