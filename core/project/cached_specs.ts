/**
 * What is known of pulled providers without asking a registry or looking at an
 * executable.
 *
 * What reads the cache is loaded only when a task names a `provider_ref`.
 *
 * @module
 */

import { append } from "../base/append.ts";
import type { Configuration, Task } from "../config/task.ts";
import { type Diagnostic, DstreamError } from "../base/errors.ts";
import type { Installer } from "../install/install.ts";
import { hasReference } from "./blocks.ts";
import type { Site } from "./site.ts";
import { parseSpec, wrongSpec } from "./spec.ts";

/**
 * Fills the site's list of pulled providers from the cache.
 * @returns What is wrong with the references.
 */
export async function describePulled(
  tasks: readonly Task[],
  configuration: Configuration,
  site: Site,
): Promise<Diagnostic[]> {
  if (!tasks.some(hasReference)) return [];
  const { readReferences } = await import("./references.ts");
  const problems: Diagnostic[] = [];
  const named = readReferences(tasks, configuration, problems);
  if (named.length === 0) return problems;
  const installer = await cachedInstaller(configuration, site);
  if (installer === undefined) return problems;
  for (const { text, reference, block } of named) {
    if (site.installed.has(text)) continue;
    const spec = await installer.cachedSpec(reference);
    const known = spec === undefined ? undefined : parseSpec(spec);
    if (spec === undefined || known === undefined) continue;
    site.installed.set(text, { spec: known });
    append(problems, wrongSpec(spec, known.name, [block]));
  }
  return problems;
}

/** `undefined` where there is no cache: then nothing is known, and that's no fault. */
async function cachedInstaller(
  configuration: Configuration,
  site: Site,
): Promise<Installer | undefined> {
  const { readLocked } = await import("./references.ts");
  const { Registries } = await import("./registries.ts");
  try {
    using registries = new Registries(site.world, {});
    const locked = await readLocked(configuration, site);
    return registries.installer({ pull: "never", locked });
  } catch (error) {
    if (error instanceof DstreamError) return undefined;
    throw error;
  }
}
