/**
 * `dstream init`: fixes what every `provider_ref` stands for in the lock file.
 *
 * @module
 */

import { LOCK_FILE } from "../../core/install/lock_file.ts";
import type { LockedChange } from "../../core/install/lock_references.ts";
import type { Project } from "../../core/project/mod.ts";
import {
  formatPlatform,
  platformOf,
  shortDigest,
} from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { interruptSignal } from "../terminal/signals.ts";
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
 * Locks the references of all tasks of a project.
 * @param isWhole Whether these are all tasks: else entries of others stay.
 */
export async function lockProject(
  project: Project,
  isWhole: boolean,
  { isUpgrade, isJson, isQuiet }: LockWishes,
  context: Context,
): Promise<void> {
  using view = openInstallView(context);
  using interrupt = interruptSignal(context);
  const changes = await project.lock({
    isUpgrade,
    isWhole,
    signal: interrupt.signal,
    onInstall: (event) => view.onEvent(event),
  });
  warnOfPlatform(changes.filter(isStaying), context);
  const isNew = changes.some(({ change }) => change !== "kept");
  if (isQuiet) {
    if (isNew) context.say(`✅ ${LOCK_FILE} written: commit it`);
    return;
  }
  if (isJson) return await context.printJson({ locked: changes.map(toJson) });
  await report(changes, isNew, context);
}

function isStaying({ change }: LockedChange): boolean {
  return change !== "removed";
}

/** It may be meant for other machines; here it won't run. */
function warnOfPlatform(
  changes: readonly LockedChange[],
  context: Context,
): void {
  const here = formatPlatform(platformOf(context.deps.platform));
  for (const { provider: { reference, executables, module } } of changes) {
    if (executables[here] !== undefined || module !== undefined) continue;
    const there = Object.keys(executables).join(", ");
    context.note(
      "lock.platform_missing",
      `"${reference}" has no executable for ${here}; it has ${there}`,
      "warn",
    );
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
