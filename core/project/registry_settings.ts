/**
 * What a configuration says about registries.
 *
 * @module
 */

import type { Configuration } from "../config/task.ts";
import type { RegistrySettings } from "../registry/mod.ts";

/** As the `dstream` block has them. */
export function registrySettings(
  { insecureRegistries, registryMirrors }: Configuration,
): RegistrySettings {
  return { insecureRegistries, mirrors: registryMirrors };
}
