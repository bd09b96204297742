/**
 * `dstream init`: fixes what every `provider_ref` stands for in the lock file.
 *
 * @module
 */

import type { Configuration } from "../../core/config/task.ts";
import { type Diagnostic, DiagnosticsError } from "../../core/base/errors.ts";
import {
  LOCK_FILE,
  type Locked,
  lockFilePath,
  writeLockFile,
} from "../../core/install/lock_file.ts";
import {
  type LockedChange,
  lockReferences,
} from "../../core/install/lock_references.ts";
import {
  formatPlatform,
  hasCode,
  platformOf,
  shortDigest,
} from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { readLocked, readReferences } from "../installing.ts";
import { sortByPlace } from "../problems.ts";
import { Registries, registrySettings } from "../registries.ts";
import { openInstallView } from "../views/install.ts";
import { formatTable } from "../views/table.ts";

/** What the user said. */
export interface LockWishes {
  readonly isUpgrade: boolean;
  readonly isJson: boolean;
  /** Only changes are worth a word. */
  readonly isQuiet: boolean;
}

/**
 * Locks the references of all tasks of a configuration.
 * @param isWhole Whether these are all tasks: else entries of others stay.
 */
export async function lockConfiguration(
  configuration: Configuration,
  isWhole: boolean,
  { isUpgrade, isJson, isQuiet }: LockWishes,
  context: Context,
): Promise<void> {
  const problems: Diagnostic[] = [];
  const tasks = configuration.tasks.values();
  const named = readReferences(tasks, configuration, problems);
  if (problems.length > 0) throw new DiagnosticsError(sortByPlace(problems));
  const before = await readBefore(isUpgrade, configuration, context);
  using view = openInstallView(context);
  using registries = new Registries(
    context,
    registrySettings(configuration),
    (event) => view.onEvent(event),
  );
  const { options } = registries.installer();
  const references = named.map(({ reference }) => reference);
  const changes = (await lockReferences(references, before, isUpgrade, options))
    .map((one) =>
      one.change === "removed" && !isWhole
        ? { ...one, change: "kept" as const }
        : one
    );
  const staying = changes.filter(({ change }) => change !== "removed");
  if (changes.length > 0) {
    const path = lockFilePath(configuration.folder);
    await writeLockFile(path, staying.map(({ provider }) => provider));
  }
  warnOfPlatform(staying, context);
  const isNew = changes.some(({ change }) => change !== "kept");
  if (isQuiet) {
    if (isNew) context.say(`✅ ${LOCK_FILE} written: commit it`);
    return;
  }
  if (isJson) return await context.printJson({ locked: changes.map(toJson) });
  await report(changes, isNew, context);
}

/** It may be meant for other machines; here it won't run. */
function warnOfPlatform(
  changes: readonly LockedChange[],
  context: Context,
): void {
  const here = formatPlatform(platformOf(context.deps.platform));
  for (const { provider: { reference, executables } } of changes) {
    if (executables[here] !== undefined) continue;
    const there = Object.keys(executables).join(", ");
    context.note(
      "lock.platform_missing",
      `"${reference}" has no executable for ${here}; it has ${there}`,
      "warn",
    );
  }
}

/** A new one is written anyway: what can't be read is no hindrance. */
async function readBefore(
  isUpgrade: boolean,
  configuration: Configuration,
  context: Context,
): Promise<Locked | undefined> {
  try {
    return await readLocked(configuration, context);
  } catch (error) {
    if (isUpgrade && hasCode(error, "lock.invalid")) return undefined;
    throw error;
  }
}

function toJson({ provider, change }: LockedChange) {
  return { change, ...provider };
}

async function report(
  changes: readonly LockedChange[],
  isNew: boolean,
  context: Context,
): Promise<void> {
  if (changes.length === 0) {
    return context.say(
      "no task names a provider_ref: there is nothing to lock",
    );
  }
  await context.print(formatTable(
    ["REFERENCE", "VERSION", "DIGEST", "PLATFORMS", ""],
    changes.map(({ provider, change }) => [
      provider.reference,
      provider.version ?? "",
      shortDigest(provider.digest),
      String(Object.keys(provider.executables).length),
      change,
    ]),
  ));
  context.say(
    isNew
      ? `✅ ${LOCK_FILE} written: commit it`
      : `✅ ${LOCK_FILE} is up to date`,
  );
}
