/**
 * Fixes what every `provider_ref` stands for in the lock file.
 *
 * @module
 */

import type { Configuration } from "../config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../base/errors.ts";
import {
  type Locked,
  lockFilePath,
  writeLockFile,
} from "../install/lock_file.ts";
import {
  type LockedChange,
  lockReferences,
} from "../install/lock_references.ts";
import { hasCode } from "../registry/mod.ts";
import type { InstallWishes } from "./install.ts";
import { sortByPlace } from "./problems.ts";
import { readLocked, readReferences } from "./references.ts";
import { Registries } from "./registries.ts";
import { registrySettings } from "./registry_settings.ts";
import type { Site } from "./site.ts";

/** What is locked anew. */
export interface LockWishes extends Omit<InstallWishes, "pull"> {
  /** Move on to what the references stand for now. */
  readonly isUpgrade?: boolean | undefined;
  /** Whether these are all tasks: else entries of others stay. */
  readonly isWhole?: boolean | undefined;
}

/** Locks the references of all tasks of a configuration. */
export async function lockProviders(
  configuration: Configuration,
  { isUpgrade = false, isWhole = true, signal, onInstall }: LockWishes,
  site: Site,
): Promise<LockedChange[]> {
  const problems: Diagnostic[] = [];
  const tasks = configuration.tasks.values();
  const named = readReferences(tasks, configuration, problems);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  const before = await readBefore(isUpgrade, configuration, site);
  using registries = new Registries(
    site.world,
    await registrySettings(configuration),
    { signal, onEvent: onInstall },
  );
  const { options } = registries.installer();
  const references = named.map(({ reference }) => reference);
  const found = await lockReferences(references, before, isUpgrade, options);
  const changes = found.map((one) =>
    one.change === "removed" && !isWhole
      ? { ...one, change: "kept" as const }
      : one
  );
  if (changes.length > 0) {
    const path = lockFilePath(configuration.folder);
    const staying = changes.filter(({ change }) => change !== "removed");
    await writeLockFile(path, staying.map(({ provider }) => provider));
  }
  return changes;
}

/** A new one is written anyway: what can't be read is no hindrance. */
async function readBefore(
  isUpgrade: boolean,
  configuration: Configuration,
  site: Site,
): Promise<Locked | undefined> {
  try {
    return await readLocked(configuration, site);
  } catch (error) {
    if (isUpgrade && hasCode(error, "lock.invalid")) return undefined;
    throw error;
  }
}
